# A module is a folder with a service.c; nowhere is there a list of them.

# modules_found ROOT: their names.
modules_found() {
    find "$1/modules" -mindepth 2 -maxdepth 2 -name service.c -printf '%h\n' |
        sed 's:.*/::' | sort
}

# module_start NAME: its master, in a session of its own, with its settings and nothing else. It reads
# the file again at each reload.
module_start() {
    settings_write "$1"
    process_start "$run/pid/$1" "$run/log/$1.log" \
        env -i PATH=/usr/bin:/bin SETTINGS_FILE="$run/settings/$1.env" "$bin/$1"
}

# module_is_ready NAME: asked through nginx, as an operator would.
module_is_ready() {
    curl -fsS -o /dev/null --max-time 5 "http://127.0.0.1:$((port + 2))/internal/$1/readyz"
}

# module_is_settled NAME: ready, or gone.
module_is_settled() {
    module_is_ready "$1" || ! process_pid "$run/pid/$1"
}

# modules_wait NAME...: until each is ready; names all that are not.
modules_wait() {
    local name end=$((SECONDS + 90)) late=0

    for name in "$@"; do
        wait_until $((end - SECONDS)) module_is_settled "$name" &&
            process_pid "$run/pid/$name" >/dev/null && continue
        late=$((late + 1))
        echo "$name is not ready; the end of $run/log/$name.log:" >&2
        tail -n 5 "$run/log/$name.log" >&2
    done
    [ "$late" = 0 ]
}
