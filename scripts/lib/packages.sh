# Debian packages. Nothing is asked of the network when all of them are there.

packages_to_run=(
    gcc libc6-dev ninja-build cmake pkg-config
    libfcgi-dev libcurl4-openssl-dev libssl-dev libmariadb-dev libjansson-dev libmbedtls-dev
    libqrencode-dev libpng-dev libargon2-dev libseccomp-dev libqpdf-dev libjpeg62-turbo-dev
    zlib1g-dev libarchive-dev
    libcairo2-dev libfreetype-dev libunibreak-dev fonts-babelstone-han fonts-wqy-microhei
    nginx mariadb-server openssl curl python3 util-linux ca-certificates
)
packages_to_test=(
    clang-14 libclang-rt-14-dev clang-format-14 pmccabe git libcmocka-dev strace zbar-tools
    qpdf poppler-utils python3-pil python3-jsonschema libnss3-tools chromium
)

packages_missing() {
    local installed

    installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null |
        awk '$1 == "ii" { print $2 }')
    comm -23 <(printf '%s\n' "$@" | sort -u) <(sort -u <<<"$installed")
}

# packages_install NAME...: those that are missing, as root or through sudo.
packages_install() {
    local missing as_root=()

    missing=$(packages_missing "$@")
    [ -n "$missing" ] || return 0
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    [ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
        fail "missing, to be installed as root or with sudo:" $missing
    echo "installing:" $missing
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=400 update
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=400 \
        install -y --no-install-recommends $missing
}
