# Keys and certificates. Everything is made under another name first, so that a crash leaves no half
# file, and kept when it is there.

# keep FILE COMMAND...: FILE becomes what the command prints, unless it is there already.
keep() {
    local file=$1

    shift
    [ -s "$file" ] && return
    "$@" >"$file.new"
    mv "$file.new" "$file"
}

random_letters() {
    openssl rand -base64 $(($1 * 3)) | tr -dc '0-9A-Za-z' | head -c "$1"
}

random_digits() {
    openssl rand -hex $(($1 * 2)) | tr -dc '0-9' | head -c "$1"
}

# key_pair NAME: NAME.key (PKCS#8) and its public half NAME.pem, RSA 2048.
key_pair() {
    keep "$1.key" openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048
    keep "$1.pem" openssl pkey -in "$1.key" -pubout
}

# key_certificate NAME SUBJECT: a key, a certificate over it, and its serial of 40 hex digits.
key_certificate() {
    keep "$1.key" openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048
    keep "$1.crt" openssl req -x509 -key "$1.key" -days 1826 -subj "/CN=$2" \
        -set_serial "0x4$(openssl rand -hex 20 | head -c 39)"
    keep "$1.serial" certificate_serial "$1.crt"
}

certificate_serial() {
    openssl x509 -in "$1" -noout -serial | cut -d = -f 2
}

key_authority() {
    keep "$1.key" openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256
    keep "$1.crt" openssl req -x509 -key "$1.key" -days 3650 -subj "/CN=$2" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
}

# key_issued NAME AUTHORITY SUBJECT CA:TRUE|CA:FALSE [END]: an RSA key and its certificate, signed by
# the authority, or by itself. It began years ago, for a platform's clock may be shifted; END: and is
# over since then.
key_issued() {
    keep "$1.key" openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048
    keep "$1.crt" issued_certificate "$@"
}

issued_certificate() {
    local folder signer=(-cert "$2.crt" -keyfile "$2.key")

    [ "$1" != "$2" ] || signer=(-selfsign -keyfile "$1.key")
    folder=$(mktemp -d)
    : >"$folder/index"
    echo "10$(openssl rand -hex 9)" >"$folder/serial"
    printf '%s\n' "[ca]" "default_ca=d" "[d]" "database=$folder/index" "new_certs_dir=$folder" \
        "serial=$folder/serial" "default_md=sha256" "policy=p" "unique_subject=no" \
        "[p]" "commonName=supplied" "[x]" "basicConstraints=critical,$4" >"$folder/config"
    openssl req -new -utf8 -key "$1.key" -subj "/CN=$3" -out "$folder/request"
    openssl ca -batch -notext -utf8 -config "$folder/config" -extensions x \
        -startdate 20200101000000Z -enddate "${5:-20350101000000Z}" -in "$folder/request" \
        "${signer[@]}" 2>/dev/null
    rm -rf "$folder"
}

# Certificates of Alipay's, each with what leads from it to a root, and that of our application. One
# of the roots is of another kind than RSA and does not count in alipay_root_cert_sn.
alipay_certificates() {
    local name

    key_authority simulator/alipay_root_ec "Tongban development Ant E1"
    for name in alipay alipay_foreign; do
        key_issued "simulator/${name}_root" "simulator/${name}_root" \
            "Tongban development Ant R1" CA:TRUE
        key_issued "simulator/${name}_middle" "simulator/${name}_root" \
            "Tongban development Ant Class 2 R1" CA:TRUE
    done
    alipay_certificate simulator/alipay simulator/alipay_middle
    alipay_certificate simulator/alipay_next simulator/alipay_middle
    alipay_certificate simulator/alipay_expired simulator/alipay_middle 20250101000000Z
    alipay_certificate simulator/alipay_stranger simulator/alipay_foreign_middle
    key_issued alipay/app simulator/alipay_middle "2021000000000001" CA:FALSE
    key_issued alipay/fee simulator/alipay_middle "2021000000000017" CA:FALSE
}

# alipay_certificate NAME AUTHORITY [END]
alipay_certificate() {
    keep "$1.key" openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048
    keep "$1.crt" with_issuer "$1" "$2" "支付宝(中国)网络技术有限公司-2088011691288213" CA:FALSE "${@:3}"
}

with_issuer() {
    issued_certificate "$@"
    cat "$2.crt"
}

# key_server NAME AUTHORITY HOST...: for these hosts and the loopback addresses.
key_server() {
    local name=$1 authority=$2 hosts=IP:127.0.0.1,IP:::1 host

    shift 2
    for host in "$@"; do
        hosts+=,DNS:$host
    done
    keep "$name.key" openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256
    keep "$name.crt" server_certificate "$name.key" "$authority" "$hosts"
}

server_certificate() {
    openssl req -new -key "$1" -subj /CN=localhost |
        openssl x509 -req -days 3650 -CA "$2.crt" -CAkey "$2.key" \
            -set_serial "0x4$(openssl rand -hex 20 | head -c 39)" -extfile <(
                echo "subjectAltName = $3"
                echo "extendedKeyUsage = serverAuth"
            ) 2>/dev/null
}

# What we know of the gateways, and they of us.
gateway_halves() {
    local part

    for part in platform.crt platform.serial public.pem public.id; do
        keep "wechatpay/$part" cat "simulator/wechatpay_$part"
    done
    keep alipay/gateway.pem cat simulator/alipay.pem
    keep alipay/gateway.crt cat simulator/alipay.crt
    keep alipay/root.crt cat simulator/alipay_root_ec.crt simulator/alipay_root.crt
    keep simulator/wechatpay_merchant.crt cat wechatpay/merchant.crt
    keep simulator/wechatpay_merchant.serial cat wechatpay/merchant.serial
    keep simulator/wechatpay_fee.crt cat wechatpay/fee.crt
    for part in apiv3 fee_apiv3; do
        keep "simulator/wechatpay_$part.key" cat "wechatpay/$part.key"
    done
    for part in app.pem app.crt fee.pem fee.crt; do
        keep "simulator/alipay_$part" cat "alipay/$part"
    done
    keep simulator/alipay_roots.crt cat alipay/root.crt
    keep unionpay/root.crt cat simulator/unionpay_root.crt
    keep unionpay/middle.crt cat simulator/unionpay_middle.crt
    keep simulator/unionpay_merchant.crt cat unionpay/merchant.crt
    keep simulator/unionpay_fee.crt cat unionpay/fee.crt
    keep simulator/wechat_app.secret cat wechat/app.secret
    keep simulator/sms_app.key cat sms/app.key
}

# describe_merchants key|certificate: the merchant accounts of a development platform, and which mode
# the application at Alipay is in; files are relative to this one.
describe_merchants() {
    local own='' theirs='"public_key_file": "alipay/gateway.pem"'

    [ "$1" = key ] || own='"certificate_file": "alipay/@.crt", ' \
        theirs='"gateway_certificate_file": "alipay/gateway.crt", "root_file": "alipay/root.crt"'
    cat <<MERCHANTS
{"merchants": [
    {"gateway": "wechatpay", "merchant": "1900000109", "accounts": ["fine_treasury"],
     "appid": "wx1234567890abcdef", "key_file": "wechatpay/merchant.key",
     "certificate_file": "wechatpay/merchant.crt", "apiv3_key_file": "wechatpay/apiv3.key",
     "public_key_file": "wechatpay/public.pem", "public_key_id_file": "wechatpay/public.id",
     "platform_files": ["wechatpay/platform.crt"]},
    {"gateway": "wechatpay", "merchant": "1900000209", "accounts": ["fee_treasury"],
     "appid": "wx1234567890abcdef", "key_file": "wechatpay/fee.key",
     "certificate_file": "wechatpay/fee.crt", "apiv3_key_file": "wechatpay/fee_apiv3.key",
     "public_key_file": "wechatpay/public.pem", "public_key_id_file": "wechatpay/public.id",
     "platform_files": ["wechatpay/platform.crt"]},
    {"gateway": "alipay", "merchant": "2021000000000001", "accounts": ["fine_treasury"],
     "key_file": "alipay/app.key", ${own/@/app}$theirs},
    {"gateway": "alipay", "merchant": "2021000000000017", "accounts": ["fee_treasury"],
     "op_app_id": "2021000000000001", "key_file": "alipay/fee.key", ${own/@/fee}$theirs},
    {"gateway": "unionpay", "merchant": "777290058110048", "accounts": ["fine_treasury"],
     "key_file": "unionpay/merchant.key", "certificate_file": "unionpay/merchant.crt",
     "root_file": "unionpay/root.crt", "middle_file": "unionpay/middle.crt"},
    {"gateway": "unionpay", "merchant": "777290058110097", "accounts": ["fee_treasury"],
     "key_file": "unionpay/fee.key", "certificate_file": "unionpay/fee.crt",
     "root_file": "unionpay/root.crt", "middle_file": "unionpay/middle.crt"}
]}
MERCHANTS
}

# The first data key and the first index key of a module, as modules/core/seal.h describes them.
data_keys() {
    echo "data 1 active gcm $(openssl rand -hex 32)"
    echo "index 1 active $(openssl rand -hex 32)"
}
