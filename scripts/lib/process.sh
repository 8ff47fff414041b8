# Processes of ours: each in a session of its own, remembered by pid and start time, so that a number
# which the system gave to somebody else meanwhile is never ended.

# The moment at which a process started, in clock ticks since boot; nothing if there is none.
process_started_at() {
    sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20
}

# process_start FILE LOG COMMAND...: runs it in the background and writes pid and start time.
process_start() {
    local file=$1 log=$2 pid

    shift 2
    setsid "$@" >>"$log" 2>&1 </dev/null &
    pid=$!
    disown "$pid"
    echo "$pid $(process_started_at "$pid")" >"$file"
}

# process_pid FILE: its pid while it runs, else nothing and failure.
process_pid() {
    local pid started

    [ -s "$1" ] && read -r pid started <"$1" && [ -n "$started" ] &&
        [ "$(process_started_at "$pid")" = "$started" ] && echo "$pid"
}

process_is_zombie() {
    [ "$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 1)" = Z ]
}

# process_stop FILE SECONDS: asks it to end, waits, then ends its whole session for good.
process_stop() {
    local file=$1 seconds=$2 pid tries

    if pid=$(process_pid "$file"); then
        kill -TERM "$pid" 2>/dev/null || true
        for ((tries = seconds * 50; tries > 0; tries--)); do
            process_pid "$file" >/dev/null && ! process_is_zombie "$pid" || break
            sleep 0.02
        done
        if [ "$tries" = 0 ]; then
            echo "$(basename "$file" .pid) did not end in $seconds s: killed" >&2
            kill -KILL -- "-$pid" 2>/dev/null || true
        fi
    fi
    rm -f "$file"
}

# wait_until SECONDS COMMAND...: asks it again and again; fails when the time is over.
wait_until() {
    local tries=$(($1 * 50))

    shift
    until "$@" >/dev/null 2>&1; do
        [ $((tries--)) -gt 0 ] || return 1
        sleep 0.02
    done
}
