# Settings of the modules: NAME=value a line, no quotes, in $run/settings/NAME.env, where a module
# finds them by SETTINGS_FILE.

# settings_fill NAME: the settings of a platform in $run, then the module's own from
# modules/NAME/settings.env, where @ROOT@, @RUN@, @KEYS@, @SOCKETS@ and @CITIZENS@, @GATEWAYS@,
# @INTERNAL@, @SIMULATOR@ (ports) stand for this platform's. With ALIPAY_MODE=certificate the
# application at Alipay is in certificate mode: lines that begin with @ALIPAY:key@ or
# @ALIPAY:certificate@ are for that mode alone.
settings_fill() {
    local name=$1 own=$root/modules/$1/settings.env

    cat <<SETTINGS
LISTEN=$sockets/$name.sock
DEVELOPMENT=1
CLOCK_FILE=$run/clock
DB_SOCKET=$sockets/db/mariadb.sock
DB_NAME=tongban
DB_USER=$name
DB_PASSWORD_FILE=$run/keys/db/$name.password
AUDIT_KEY_FILE=$run/keys/audit/$name.key
DATA_KEYS_FILE=$run/keys/data/$name.keys
MODULE_KEY_FILE=$run/keys/module/$name.key
MODULE_KEYS=$run/keys/module
MODULE_SOCKET=$sockets/modules.sock
HTTP_CA_FILE=$run/keys/ca/ca.crt
SETTINGS
    [ "$(id -u)" != 0 ] || echo "NGINX_UID=$(id -u nobody)"
    [ ! -e "$own" ] || sed -e "s|@ROOT@|$root|g; s|@RUN@|$run|g" \
        -e "s|^@ALIPAY:${ALIPAY_MODE:-key}@||; /^@ALIPAY:/d" \
        -e "s|@KEYS@|$run/keys|g; s|@SOCKETS@|$sockets|g" \
        -e "s|@CITIZENS@|$port|g; s|@GATEWAYS@|$((port + 1))|g" \
        -e "s|@INTERNAL@|$((port + 2))|g; s|@SIMULATOR@|$((port + 3))|g" \
        -e '/^#/d; /^$/d' "$own"
}

# settings_write NAME: into the run folder.
settings_write() {
    mkdir -p "$run/settings"
    settings_fill "$1" >"$run/settings/$1.env.new"
    mv "$run/settings/$1.env.new" "$run/settings/$1.env"
}
