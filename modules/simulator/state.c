/* Settings, and the keys that all threads of a worker share. */

#include "core/process.h"
#include "simulator/alipay.h"

#define PEM_MAX 8192
#define STATE_MAX (1024 * 1024)

#define KEY_FILE(member, variable, help)                                                           \
    SETTING_FILE(struct simulator_settings, member, variable, NULL, help)

const struct setting simulator_settings[] = {
    SETTING(struct simulator_settings, wechat_appid, "WECHAT_APPID", "wx8888888888888888",
            "the mini program"),
    KEY_FILE(wechat_secret_file, "WECHAT_SECRET_FILE", "file with the mini program's secret"),
    SETTING_FILE(struct simulator_settings, sms_key_file, "SMS_KEY_FILE", "",
                 "file with the key that signs what goes to the SMS platform"),
    SETTING(struct simulator_settings, wechatpay_mchid, "WECHATPAY_MCHID", "1900000109",
            "the merchant at WeChat Pay"),
    KEY_FILE(wechatpay_merchant_cert, "WECHATPAY_MERCHANT_CERT", "the merchant's certificate"),
    KEY_FILE(wechatpay_apiv3_key, "WECHATPAY_APIV3_KEY", "file with the APIv3 key, 32 characters"),
    SETTING(struct simulator_settings, wechatpay_fee_mchid, "WECHATPAY_FEE_MCHID", "",
            "the merchant for fees; none unless told"),
    SETTING_FILE(struct simulator_settings, wechatpay_fee_cert, "WECHATPAY_FEE_CERT", "",
                 "the certificate of that one"),
    SETTING_FILE(struct simulator_settings, wechatpay_fee_apiv3_key, "WECHATPAY_FEE_APIV3_KEY", "",
                 "file with the APIv3 key of that one"),
    KEY_FILE(wechatpay_platform_key, "WECHATPAY_PLATFORM_KEY", "key of the platform certificate"),
    KEY_FILE(wechatpay_platform_cert, "WECHATPAY_PLATFORM_CERT", "platform certificate"),
    KEY_FILE(wechatpay_next_key, "WECHATPAY_NEXT_KEY", "key of the next platform certificate"),
    KEY_FILE(wechatpay_next_cert, "WECHATPAY_NEXT_CERT", "platform certificate after a rotation"),
    KEY_FILE(wechatpay_public_key, "WECHATPAY_PUBLIC_KEY", "private half of the public key"),
    KEY_FILE(wechatpay_public_id, "WECHATPAY_PUBLIC_ID", "file with its id, PUB_KEY_ID_..."),
    SETTING(struct simulator_settings, wechatpay_signer, "WECHATPAY_SIGNER", "platform",
            "what signs at first: platform, next or public_key"),
    SETTING(struct simulator_settings, alipay_app_id, "ALIPAY_APP_ID", "2021000000000001",
            "the application at Alipay"),
    SETTING(struct simulator_settings, alipay_seller_id, "ALIPAY_SELLER_ID", "2088000000000009",
            "who is paid at Alipay"),
    KEY_FILE(alipay_app_public_key, "ALIPAY_APP_PUBLIC_KEY", "the application's public key"),
    SETTING(struct simulator_settings, alipay_fee_app_id, "ALIPAY_FEE_APP_ID", "",
            "the application for fees; none unless told"),
    SETTING(struct simulator_settings, alipay_fee_seller_id, "ALIPAY_FEE_SELLER_ID",
            "2088000000000017", "who is paid by way of that one"),
    SETTING_FILE(struct simulator_settings, alipay_fee_public_key, "ALIPAY_FEE_PUBLIC_KEY", "",
                 "the public key of that one"),
    KEY_FILE(alipay_key, "ALIPAY_KEY", "Alipay's private key"),
    SETTING(struct simulator_settings, alipay_certificates, "ALIPAY_CERTIFICATES", "",
            "folder with alipay.crt and the others: applications are in certificate mode"),
    SETTING(struct simulator_settings, unionpay_mer_id, "UNIONPAY_MER_ID", "777290058110048",
            "the merchant at UnionPay"),
    KEY_FILE(unionpay_merchant_cert, "UNIONPAY_MERCHANT_CERT", "the merchant's certificate there"),
    SETTING(struct simulator_settings, unionpay_fee_mer_id, "UNIONPAY_FEE_MER_ID", "",
            "the merchant for fees; none unless told"),
    SETTING_FILE(struct simulator_settings, unionpay_fee_cert, "UNIONPAY_FEE_CERT", "",
                 "the certificate of that one"),
    KEY_FILE(unionpay_key, "UNIONPAY_KEY", "UnionPay's private key"),
    KEY_FILE(unionpay_cert, "UNIONPAY_CERT", "UnionPay's certificate, which its messages bring"),
    SETTING(struct simulator_settings, bill_url, "BILL_URL", "https://api.mch.weixin.qq.com",
            "where bills are downloaded, as merchants see it"),
    SETTING(struct simulator_settings, latency_ms, "LATENCY_MS", "0",
            "how long each answer takes at least"),
    SETTING(struct simulator_settings, refund_ms, "REFUND_MS", "1000",
            "how long a refund of WeChat Pay takes"),
    SETTING(struct simulator_settings, callback_ms, "CALLBACK_MS", "5000",
            "how long a merchant may take to answer a notice"),
    SETTING(struct simulator_settings, bench_reply, "BENCH_REPLY", "0",
            "1: orders are not stored, and get one answer signed once a second"),
    SETTING(struct simulator_settings, calls_a_second, "CALLS_A_SECOND", "0",
            "queries, and closes, of WeChat Pay that a worker answers; the rest gets 429; 0: all"),
    SETTING(struct simulator_settings, bench_bill_url, "BENCH_BILL_URL", "",
            "where every trade bill of WeChat Pay lies, whatever moved"),
    SETTING(struct simulator_settings, bench_bill_sha1, "BENCH_BILL_SHA1", "", "its hash, hex"),
    SETTING_END,
};

/* Collects what cannot be read, so that all of it is said at once. */
struct opening {
    struct process *process;
    struct simulator *simulator;
    bool failed;
};

static void complain(struct opening *opening, const char *path, const char *what)
{
    (void)!process_failed(opening->process, "%s: not %s", path, what);
    opening->failed = true;
}

static const char *read_file(struct opening *opening, const char *path, size_t *size)
{
    char *secret = secret_read(path, PEM_MAX, size);
    const char *text;

    opening->failed = opening->failed || secret == NULL;
    if (secret == NULL)
        return NULL;
    text = arena_text_of(opening->simulator->arena, secret, *size);
    secret_forget(secret, *size);
    return text;
}

static const struct wire_key *
read_key(struct opening *opening, const char *path,
         struct wire_key *(*parse)(struct arena *, const char *, size_t), const char *what)
{
    size_t size;
    const char *pem = read_file(opening, path, &size);
    const struct wire_key *key = NULL;

    if (pem == NULL)
        return NULL;
    key = parse(opening->simulator->arena, pem, size);
    if (key == NULL)
        complain(opening, path, what);
    return key;
}

static void read_certificate(struct opening *opening, const char *path,
                             struct wire_certificate *certificate)
{
    size_t size;
    const char *pem = read_file(opening, path, &size);

    if (pem != NULL && !wire_certificate_read(opening->simulator->arena, pem, size, certificate))
        complain(opening, path, "a certificate");
}

static void read_signers(struct opening *opening, const struct simulator_settings *settings)
{
    struct signer *platform = &opening->simulator->signers[PLATFORM];
    struct signer *next = &opening->simulator->signers[NEXT];
    struct signer *public_key = &opening->simulator->signers[PUBLIC_KEY];
    size_t size;

    platform->name = "platform";
    platform->key =
        read_key(opening, settings->wechatpay_platform_key, wire_key_private, "an RSA private key");
    read_certificate(opening, settings->wechatpay_platform_cert, &platform->certificate);
    platform->serial = platform->certificate.serial;
    next->name = "next";
    next->key =
        read_key(opening, settings->wechatpay_next_key, wire_key_private, "an RSA private key");
    read_certificate(opening, settings->wechatpay_next_cert, &next->certificate);
    next->serial = next->certificate.serial;
    public_key->name = "public_key";
    public_key->key =
        read_key(opening, settings->wechatpay_public_key, wire_key_private, "an RSA private key");
    public_key->serial = read_file(opening, settings->wechatpay_public_id, &size);
    if (public_key->serial != NULL && strncmp(public_key->serial, "PUB_KEY_ID_", 11) != 0)
        complain(opening, settings->wechatpay_public_id, "an id that begins with PUB_KEY_ID_");
}

static void read_wechatpay_party(struct opening *opening, const char *mchid,
                                 const char *certificate_file, const char *apiv3_key_file,
                                 struct wechatpay_party *party)
{
    struct wire_certificate certificate = {NULL, NULL, NULL, NULL};
    size_t size = 0;

    party->mchid = mchid;
    if (*mchid == '\0')
        return;
    party->key =
        read_key(opening, certificate_file, wire_key_certified, "a certificate with an RSA key");
    read_certificate(opening, certificate_file, &certificate);
    party->serial = certificate.serial;
    party->apiv3_key = read_file(opening, apiv3_key_file, &size);
    if (party->apiv3_key != NULL && size != 32)
        complain(opening, apiv3_key_file, "32 characters");
}

static void read_merchants(struct opening *opening, const struct simulator_settings *settings)
{
    struct simulator *simulator = opening->simulator;
    size_t size = 0;

    simulator->wechat_secret = read_file(opening, settings->wechat_secret_file, &size);
    if (*settings->sms_key_file != '\0')
        simulator->sms_key = read_file(opening, settings->sms_key_file, &size);
    read_wechatpay_party(opening, settings->wechatpay_mchid, settings->wechatpay_merchant_cert,
                         settings->wechatpay_apiv3_key, &simulator->wechatpay_parties[FOR_FINES]);
    read_wechatpay_party(opening, settings->wechatpay_fee_mchid, settings->wechatpay_fee_cert,
                         settings->wechatpay_fee_apiv3_key,
                         &simulator->wechatpay_parties[FOR_FEES]);
}

static const char *sn_of(struct opening *opening, const char *path,
                         const char *(*compute)(struct arena *, const char *, size_t))
{
    size_t size;
    const char *pem = read_file(opening, path, &size), *sn = NULL;

    if (pem == NULL)
        return NULL;
    sn = compute(opening->simulator->arena, pem, size);
    if (sn == NULL || *sn == '\0')
        complain(opening, path, "a certificate");
    return sn;
}

static struct alipay_party alipay_party_of(struct opening *opening, const char *app_id,
                                           const char *seller_id, const char *key_file)
{
    if (*app_id == '\0')
        return (struct alipay_party){.app_id = app_id};
    return (struct alipay_party){
        .app_id = app_id,
        .seller_id = seller_id,
        .key = read_key(opening, key_file, wire_key_public, "an RSA public key")};
}

static void read_alipay(struct opening *opening, const struct simulator_settings *settings)
{
    struct simulator *simulator = opening->simulator;

    simulator->alipay =
        read_key(opening, settings->alipay_key, wire_key_private, "an RSA private key");
    simulator->alipay_parties[FOR_FINES] =
        alipay_party_of(opening, settings->alipay_app_id, settings->alipay_seller_id,
                        settings->alipay_app_public_key);
    simulator->alipay_parties[FOR_FEES] =
        alipay_party_of(opening, settings->alipay_fee_app_id, settings->alipay_fee_seller_id,
                        settings->alipay_fee_public_key);
}

static void read_party_certificates(struct opening *opening, const char *folder)
{
    static const char *const files[PARTIES] = {
        [FOR_FINES] = "alipay_app.crt", [FOR_FEES] = "alipay_fee.crt"};

    for (size_t i = 0; i < PARTIES; i++) {
        struct alipay_party *party = &opening->simulator->alipay_parties[i];
        const char *path = arena_printf(opening->simulator->arena, "%s/%s", folder, files[i]);

        if (*party->app_id != '\0')
            party->sn = sn_of(opening, path, wire_alipay_sn);
    }
}

static void read_alipay_certificates(struct opening *opening,
                                     const struct simulator_settings *settings)
{
    static const struct {
        const char *name, *file;
    } known[ALIPAY_SIGNERS] = {[ALIPAY_NOW] = {"now", "alipay"},
                               [ALIPAY_NEXT] = {"next", "alipay_next"},
                               [ALIPAY_EXPIRED] = {"expired", "alipay_expired"},
                               [ALIPAY_STRANGER] = {"stranger", "alipay_stranger"}};
    struct simulator *simulator = opening->simulator;
    const char *folder = settings->alipay_certificates;
    size_t size;

    if (*folder == '\0')
        return;
    read_party_certificates(opening, folder);
    simulator->alipay_signers =
        arena_alloc(simulator->arena, ALIPAY_SIGNERS * sizeof(*simulator->alipay_signers));
    simulator->alipay_root_sn =
        sn_of(opening, arena_printf(simulator->arena, "%s/alipay_roots.crt", folder),
              wire_alipay_root_sn);
    for (size_t i = 0; i < ALIPAY_SIGNERS; i++) {
        const char *file = arena_printf(simulator->arena, "%s/%s", folder, known[i].file);
        const char *path = arena_printf(simulator->arena, "%s.crt", file);

        simulator->alipay_signers[i] = (struct alipay_signer){
            .name = known[i].name,
            .sn = sn_of(opening, path, wire_alipay_sn),
            .pem = read_file(opening, path, &size),
            .key = read_key(opening, arena_printf(simulator->arena, "%s.key", file),
                            wire_key_private, "an RSA private key")};
    }
}

static struct unionpay_party unionpay_party_of(struct opening *opening, const char *mer_id,
                                               const char *certificate_file)
{
    struct unionpay_party party = {.mer_id = mer_id};
    struct wire_certificate certificate = {NULL, NULL, NULL, NULL};

    if (*mer_id == '\0')
        return party;
    party.key =
        read_key(opening, certificate_file, wire_key_certified, "a certificate with an RSA key");
    read_certificate(opening, certificate_file, &certificate);
    if (!opening->failed)
        party.cert_id = wire_decimal(opening->simulator->arena, certificate.serial);
    return party;
}

static void read_unionpay(struct opening *opening, const struct simulator_settings *settings)
{
    struct simulator *simulator = opening->simulator;
    struct wire_certificate certificate = {NULL, NULL, NULL, NULL};

    simulator->unionpay =
        read_key(opening, settings->unionpay_key, wire_key_private, "an RSA private key");
    read_certificate(opening, settings->unionpay_cert, &certificate);
    simulator->unionpay_pem = certificate.pem;
    simulator->unionpay_parties[FOR_FINES] =
        unionpay_party_of(opening, settings->unionpay_mer_id, settings->unionpay_merchant_cert);
    simulator->unionpay_parties[FOR_FEES] =
        unionpay_party_of(opening, settings->unionpay_fee_mer_id, settings->unionpay_fee_cert);
}

enum error simulator_open(struct process *process, const void *settings, void **state)
{
    struct arena *arena = arena_open(STATE_MAX);
    struct opening opening = {.process = process};

    opening.simulator = arena_alloc(arena, sizeof(*opening.simulator));
    *state = opening.simulator;
    opening.simulator->arena = arena;
    pthread_mutex_init(&opening.simulator->bench_lock, NULL);
    opening.simulator->random = wire_random_open(arena);
    if (opening.simulator->random == NULL)
        return process_failed(process, "the system has no random bytes");
    read_signers(&opening, settings);
    read_merchants(&opening, settings);
    read_alipay(&opening, settings);
    read_alipay_certificates(&opening, settings);
    read_unionpay(&opening, settings);
    return opening.failed ? E_REFUSED : E_OK;
}

void simulator_close(void *state)
{
    struct simulator *simulator = state;

    pthread_mutex_destroy(&simulator->bench_lock);
    arena_close(simulator->arena);
}
