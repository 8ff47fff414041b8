# A migrated database with keys, made once, that each test suite copies (0.2 s a suite) and each
# platform of a test begins with.

# template_ready: makes the one of this checkout, $template, unless it is there.
template_ready() {
    template=$root/build/template
    mkdir -p "$template"
    (flock 9 && template_make "$template") 9>"$template/lock" || fail "the schema does not apply"
}

# template_make DIR: unless it was made from the same schema. Its keys are for every module whose
# schema asks for a database user, and for those found below modules/.
template_make() {
    local dir=$1 sum

    sum=$(cat "$root"/schema/*.sql "$root/scripts/lib/keys.sh" "$root/scripts/lib/database.sh" \
        "$root/scripts/make-keys" <(modules_found "$root") | sha256sum)
    [ "$(cat "$dir/made-from" 2>/dev/null)" != "$sum" ] || return 0
    rm -rf "$dir/db" "$dir/made-from" "$dir/keys"/merchants*.json
    mkdir -p "$dir"
    "$root/scripts/make-keys" "$dir/keys"
    database_configure "$dir/db" 64M 2
    database_create "$dir/db"
    template_migrate "$dir" || return 1
    echo "$sum" >"$dir/made-from"
}

template_migrate() {
    local dir=$1 short migrated=0

    short=$(mktemp -d /tmp/tongban-XXXXXXXX)
    database_start "$dir/db" "$short/socket" "$short/pid" "$dir/db/mariadb.log"
    "$root/scripts/migrate" --socket "$short/socket" --passwords "$dir/keys/db" >/dev/null ||
        migrated=$?
    process_stop "$short/pid" 30
    rm -rf "$short"
    return $migrated
}
