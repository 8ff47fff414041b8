# nginx of a run folder: its configuration is nginx/ with @...@ filled in.

# nginx_fill: nginx/ into $run/nginx, with this platform's folders and ports.
nginx_fill() {
    local user= files

    . "$run/limits"
    # As root the workers become nobody; the sockets' folder belongs to nobody's group.
    [ "$(id -u)" != 0 ] || user="user nobody $(id -gn nobody);"
    files=$(ulimit -Hn) # beyond it nginx would be left with far less
    [ "$files" != unlimited ] && [ "$files" -lt 65536 ] || files=65536
    rm -rf "$run/nginx.new"
    cp -R "$root/nginx" "$run/nginx.new"
    find "$run/nginx.new" -type f -exec sed -i \
        -e "s|@USER@|$user|; s|@FILES@|$files|; s|@ADDRESS@|$ADDRESS|" \
        -e "s|@SOCKETS@|$sockets|; s|@TEMP@|$sockets/nginx|; s|@PAGES@|$sockets/pages|" \
        -e "s|@KEYS@|$run/keys|; s|@LOG@|$run/log|" \
        -e "s|@CITIZENS@|$port|; s|@GATEWAYS@|$((port + 1))|" \
        -e "s|@INTERNAL@|$((port + 2))|; s|@SIMULATOR@|$((port + 3))|" \
        -e "s|@CITIZENS_RATE@|$CITIZENS_RATE|; s|@CITIZENS_BURST@|$CITIZENS_BURST|" \
        -e "s|@GATEWAYS_RATE@|$GATEWAYS_RATE|; s|@GATEWAYS_BURST@|$GATEWAYS_BURST|" {} +
    [ ! -e "$run/nginx/nginx.pid" ] || cp -p "$run/nginx/nginx.pid" "$run/nginx.new/"
    nginx_command "$run/nginx.new" -t -q || return 1
    rm -rf "$run/nginx"
    mv "$run/nginx.new" "$run/nginx"
    pages_fill
}

# pages_fill: what nginx's workers read themselves, where they may look ($run is closed to them).
pages_fill() {
    rm -rf "$sockets/pages.new"
    cp -R "$run/nginx/pages" "$sockets/pages.new"
    chmod -R a+rX "$sockets/pages.new"
    rm -rf "$sockets/pages"
    mv "$sockets/pages.new" "$sockets/pages"
}

# nginx_command PREFIX OPTION...
nginx_command() {
    nginx -p "$1" -c platform.conf -e "$run/log/nginx-error.log" "${@:2}"
}

nginx_start() {
    mkdir -p "$sockets/nginx"
    nginx_fill || fail "nginx refuses its configuration: see above"
    rm -f "$sockets/modules.sock" # left behind by one that was killed
    process_start "$run/pid/nginx" "$run/log/nginx-error.log" \
        nginx -p "$run/nginx" -c platform.conf -e "$run/log/nginx-error.log"
    wait_until 10 nginx_serves && process_pid "$run/pid/nginx" >/dev/null ||
        fail "nginx did not start: see $run/log/nginx-error.log"
}

# It writes its pid file when it has all its addresses.
nginx_serves() {
    [ "$(cat "$run/nginx/nginx.pid")" = "$(process_pid "$run/pid/nginx")" ]
}
