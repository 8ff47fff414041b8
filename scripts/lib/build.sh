# Builds, one folder each below build/.

# build NAME OPTION...: quiet unless it fails.
build() {
    local dir=$root/build/$1 log=$root/build/$1.log

    shift
    mkdir -p "$dir"
    if ! { cmake -S "$root" -B "$dir" "$@" && cmake --build "$dir" -j "$(nproc)"; } >"$log" 2>&1; then
        { grep -A 3 -E '(error|Error|ERROR)[: ]' "$log" || tail -n 40 "$log"; } | head -n 60 >&2
        fail "$dir was not built: see $log"
    fi
}
