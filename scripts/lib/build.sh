# Builds, one folder each below build/.

# build NAME OPTION...: quiet unless it fails; one at a time in a folder. TARGETS names what is built
# there, if not all.
build() {
    local dir=$root/build/$1 log=$root/build/$1.log

    shift
    mkdir -p "$dir"
    if ! flock "$dir" "$root/scripts/lib/build_in" "$root" "$dir" "$@" >"$log" 2>&1; then
        { grep -A 3 -E '(error|Error|ERROR)[: ]' "$log" || tail -n 40 "$log"; } | head -n 60 >&2
        fail "$dir was not built: see $log"
    fi
}
