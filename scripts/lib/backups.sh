# The database of a platform as a file: gzipped SQL whose last line tells of which moment it is.

backup_client() {
    mariadb --no-defaults --batch --skip-column-names --default-character-set=utf8mb4 \
        --socket="$sockets/db/mariadb.sock" tongban
}

# business_time: of this platform, in UTC, as SQL has it.
business_time() {
    local ms

    ms=$(($(date +%s%3N) + $(cat "$run/clock" 2>/dev/null || echo 0)))
    date -u -d "@$((ms / 1000)).$(printf %03d $((ms % 1000)))" '+%F %T.%3N'
}

# Tables that play the world outside, a name a line.
backup_outside() {
    backup_client <<<"SELECT table_name FROM information_schema.tables
        WHERE table_schema = 'tongban' AND table_name RLIKE '^sim(ulator)?_'"
}

# backup_write: all others, as one transaction sees them.
backup_write() {
    local moment outside

    moment=$(business_time)
    outside=$(backup_outside)
    mariadb-dump --no-defaults --default-character-set=utf8mb4 --single-transaction --hex-blob \
        --socket="$sockets/db/mariadb.sock" \
        $(sed 's/^/--ignore-table=tongban./' <<<"$outside") tongban
    echo "-- backup_at $moment"
}

# backup_moment FILE: of which moment it is; nothing when it is not complete.
backup_moment() {
    zcat "$1" 2>/dev/null | tail -n 1 | sed -n 's/^-- backup_at //p'
}

# backup_check FILE: fails unless it is complete and unchanged.
backup_check() {
    [ -s "$1" ] || fail "$1 is not there"
    [ -s "$1.sha256" ] || fail "$1.sha256 is not there: the backup is not complete"
    (cd "$(dirname "$1")" && sha256sum --check --status "$(basename "$1").sha256") ||
        fail "$1 does not fit $1.sha256"
    [ -n "$(backup_moment "$1")" ] || fail "$1 is no file of scripts/backup"
}

# backup_tables: what removes all that a backup holds; rights stay, they go by name.
backup_tables() {
    echo "SET FOREIGN_KEY_CHECKS = 0;"
    backup_client <<<"SELECT CONCAT('DROP ', IF(table_type = 'VIEW', 'VIEW ', 'TABLE '), table_name, ';')
        FROM information_schema.tables
        WHERE table_schema = 'tongban' AND table_name NOT RLIKE '^sim(ulator)?_'"
}
