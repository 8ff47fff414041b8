# A private MariaDB: one folder, one unix socket, no port. Root and the user who made it get in by who
# they are (unix_socket); everybody else needs a password.

# database_configure DIR MEMORY FLUSH: FLUSH 1 survives a power cut; 2 is quicker and enough for data
# of tests. All tables are InnoDB's: nothing is kept in memory for other engines. Files grow by small
# steps, because tests copy them. As many statements run at a time as there are processors, whoever
# waits for a lock or the disk makes room, and a long one keeps others waiting for 20 ms at most.
database_configure() {
    local dir=$1

    mkdir -p "$dir"
    cat >"$dir/my.cnf" <<SETTINGS
[mariadbd]
skip-networking
skip-log-bin
skip-name-resolve
max_connections = 400
thread_handling = pool-of-threads
thread_pool_stall_limit = 20
innodb_buffer_pool_size = $2
innodb_log_file_size = 48M
innodb_autoextend_increment = 8
key_buffer_size = 64K
aria_pagecache_buffer_size = 8M
innodb_flush_log_at_trx_commit = $3
performance_schema = OFF
character-set-server = utf8mb4
collation-server = utf8mb4_bin
default-time-zone = +00:00
transaction-isolation = READ-COMMITTED
sql-mode = STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,NO_ENGINE_SUBSTITUTION
SETTINGS
}

# database_create DIR: its data.
database_create() {
    local dir=$1 user=()

    [ "$(id -u)" != 0 ] || user=(--user=root)
    mkdir -p "$dir"
    rm -rf "$dir/data.new"
    # In a tmpdir of its own: a server that starts removes the temporary tables it finds in its own.
    mariadb-install-db --no-defaults --datadir="$dir/data.new" --tmpdir="$dir" \
        --skip-test-db "${user[@]}" \
        --auth-root-authentication-method=socket --auth-root-socket-user="$(id -un)" \
        --innodb-log-file-size=48M --innodb-autoextend-increment=8 >"$dir/install.log" 2>&1 ||
        { cat "$dir/install.log" >&2 && return 1; }
    mv "$dir/data.new" "$dir/data"
}

# database_command DIR SOCKET: the server's command line, a word a line.
database_command() {
    printf '%s\n' mariadbd "--defaults-file=$1/my.cnf" "--datadir=$1/data" "--socket=$2" \
        "--pid-file=$1/mariadbd.pid" "--tmpdir=$1"
    [ "$(id -u)" != 0 ] || echo --user=root
}

# database_start DIR SOCKET PIDFILE LOG: and waits until it answers.
database_start() {
    local command

    mapfile -t command < <(database_command "$1" "$2")
    process_start "$3" "$4" "${command[@]}"
    wait_until 60 database_answers "$2" || fail "the database did not start: see $4"
}

database_answers() {
    mariadb --no-defaults --socket="$1" -e 'SELECT 1'
}
