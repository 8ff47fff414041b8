# The run folder of a platform: $run (db, keys, log, nginx, pid, settings), $sockets, $port, $bin.

PATH=$PATH:/usr/sbin:/sbin # where a normal user does not look for servers

# platform_find RUN PORT: a run folder keeps the port it was started with, until it is told another.
platform_find() {
    run=$(realpath -m "$1")
    port=$2
    [ -n "$port" ] || port=$(cat "$run/port" 2>/dev/null) || port=8440
    case $port in *[!0-9]* | '') fail "the port is a number, not $port" ;; esac
    sockets=$(readlink "$run/sockets" 2>/dev/null) || sockets=
}

# The names of what is started here and still runs.
platform_running() {
    local file

    for file in "$run"/pid/*; do
        process_has_ended "$file" || basename "$file"
    done
}

platform_prepare() {
    mkdir -p "$run/log" "$run/pid"
    chmod 0700 "$run"
    echo "$port" >"$run/port"
    limits_keep
    [ -s "$run/clock" ] || printf '%-31s\n' 0 >"$run/clock"
    sockets_prepare
}

# Address and limits are those of the environment in which scripts/run was called. A gateway repeats
# thousands of callbacks a second when it was not answered for a while, from the addresses that the
# fresh ones come from: a limit cannot tell them apart, so it is above what gateways send.
limits_keep() {
    cat >"$run/limits" <<LIMITS
ADDRESS=${ADDRESS:-127.0.0.1}
CITIZENS_RATE=${CITIZENS_RATE:-50}
CITIZENS_BURST=${CITIZENS_BURST:-100}
GATEWAYS_RATE=${GATEWAYS_RATE:-12000}
GATEWAYS_BURST=${GATEWAYS_BURST:-12000}
LIMITS
}

# A socket's path has at most 107 bytes and nginx's workers must reach it, so the sockets are in a
# short folder below /tmp, wherever the checkout may be; $run/sockets leads there.
sockets_prepare() {
    if [ -z "$sockets" ] || [ ! -O "$sockets" ] || [ ! -d "$sockets" ]; then
        sockets=$(mktemp -d /tmp/tongban-XXXXXXXX)
        ln -sfn "$sockets" "$run/sockets"
    fi
    mkdir -p -m 0700 "$sockets/db"
    if [ "$(id -u)" = 0 ]; then
        chgrp "$(id -gn nobody)" "$sockets"
        chmod 2750 "$sockets"
    fi
}

# platform_database: its private MariaDB, and the newest schema.
platform_database() {
    database_configure "$run/db" "${DATABASE_MEMORY:-256M}" 1
    [ -d "$run/db/data" ] || database_create "$run/db"
    database_start "$run/db" "$sockets/db/mariadb.sock" "$run/pid/mariadb" "$run/log/mariadb.log"
    "$root/scripts/migrate" --socket "$sockets/db/mariadb.sock" --passwords "$run/keys/db"
}

# platform_stop: first what takes requests in, last the database.
platform_stop() {
    local name stopping=()

    process_stop "$run/pid/nginx" 10
    for name in $(cd "$run/pid" 2>/dev/null && ls); do
        [ "$name" != mariadb ] || continue
        process_stop "$run/pid/$name" 20 &
        stopping+=($!)
    done
    [ ${#stopping[@]} = 0 ] || wait "${stopping[@]}"
    process_stop "$run/pid/mariadb" 60
    rm -rf "$run/pid"
    [ -z "$sockets" ] || rm -rf "$sockets" "$run/sockets"
}
