# Officers of a development platform in $run, so that tests and scripts/demo have somebody to sign in.

# officers_make: finance-a and finance-b, in a database that has no officer yet; what scripts/officer
# prints of each stands in $run/keys/officers/NAME.
officers_make() {
    local name known

    [ ! -e "$run/db/officers" ] || return 0
    known=$("$root/scripts/officer" list --run-dir "$run" --bin "$bin") || return 1
    [ -z "$known" ] || { touch "$run/db/officers" && return; }
    mkdir -p -m 0700 "$run/keys/officers"
    for name in finance-a finance-b; do
        (umask 077 && "$root/scripts/officer" add "$name" --display "财务员${name#finance-}" \
            --roles finance --run-dir "$run" --bin "$bin" >"$run/keys/officers/$name.new") || return 1
        mv "$run/keys/officers/$name.new" "$run/keys/officers/$name"
    done
    touch "$run/db/officers"
}
