# Processes of ours: each in a session of its own, remembered by pid and start time, so that a number
# which the system gave to somebody else meanwhile is never ended.

# process_stat PID: what /proc tells of it behind its name, in $stat; fails when it has ended. Asked
# again and again while a platform stops, so no program is started for it.
process_stat() {
    local line

    { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1
    stat=(${line##*) })
    [ "${stat[0]}" != Z ]
}

# The moment at which a process started, in clock ticks since boot; nothing if it has ended.
process_started_at() {
    local stat

    ! process_stat "$1" || echo "${stat[19]}"
}

# Set to (setpriv --pdeathsig KILL) by a script whose processes shall not outlive it in any case.
process_bound=()

# process_start FILE LOG COMMAND...: runs it in the background and writes pid and start time. Batch
# scheduling: whoever wakes another (nginx a module, a module the database) goes on with its own work;
# without it the database lost the processor twice a request, and a seventh of all requests with it.
process_start() {
    local file=$1 log=$2 pid

    shift 2
    setsid chrt --batch 0 "${process_bound[@]}" "$@" >>"$log" 2>&1 </dev/null 9>&- &
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

# process_members FILE: who is left of its session. The system gives a number away again only when the
# whole session is gone, so they are ours unless the number has a new owner.
process_members() {
    local pid started owner other stat

    [ -s "$1" ] && read -r pid started <"$1" && [ -n "$started" ] || return 0
    owner=$(process_started_at "$pid")
    [ -z "$owner" ] || [ "$owner" = "$started" ] || return 0
    for other in /proc/[0-9]*; do
        other=${other#/proc/}
        ! process_stat "$other" || [ "${stat[3]}" != "$pid" ] || echo "$other"
    done
}

process_has_ended() {
    ! process_pid "$1" >/dev/null && [ -z "$(process_members "$1")" ]
}

# process_stop FILE SECONDS: asks it to end, waits, then ends its whole session for good.
process_stop() {
    local file=$1 seconds=$2 pid

    if pid=$(process_pid "$file"); then
        kill -TERM "$pid" 2>/dev/null || true
        wait_until "$seconds" process_has_ended "$file" ||
            echo "$(basename "$file") did not end in $seconds s: killed" >&2
    fi
    process_kill "$file"
}

# process_kill FILE: ends its whole session at once, for what has nothing to lose.
process_kill() {
    local pid

    for pid in $(process_members "$1"); do
        kill -KILL "$pid" 2>/dev/null || true
    done
    wait_until 5 process_has_ended "$1" || echo "$(basename "$1") cannot be killed" >&2
    rm -f "$1"
}

# wait_until SECONDS COMMAND...: asks it again and again; fails when the time is over.
wait_until() {
    local end=$((SECONDS + $1 + 1))

    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.03
    done
}
