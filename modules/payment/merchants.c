/* The file of merchants: read and checked whole, before traffic and by --check. */

#include "core/certificate.h"
#include "core/clock.h"
#include "core/input.h"
#include "core/log.h"
#include "payment/gateway.h"
#include "payment/merchant.h"

enum { FILE_MAX = 64 * 1024, APIV3_KEY_SIZE = 32 };

struct described {
    const char *gateway, *merchant;
    struct texts accounts;
    const char *key_file;
    const char *appid, *certificate_file, *apiv3_key_file, *public_key_file, *public_key_id_file;
    struct texts platform_files;
    const char *seller_id, *op_app_id;
    const char *gateway_certificate_file;
    const char *root_file, *middle_file;
    bool is_test;
};

#define NAMED(member)                                                                              \
    PARAM(struct described, member, .min = 1, .max = 255, .check = is_plain_word, .optional = true)

static bool is_plain_word(const char *text)
{
    return text[strcspn(text, " \t\"'")] == '\0';
}

static const struct param described_params[] = {
    PARAM(struct described, gateway, .min = 1, .max = 16, .check = is_gateway),
    PARAM(struct described, merchant, .min = 1, .max = 64, .check = is_plain_word),
    PARAM(struct described, accounts, .max = 16, .check = is_plain_word),
    NAMED(key_file),
    NAMED(appid),
    NAMED(certificate_file),
    NAMED(apiv3_key_file),
    NAMED(public_key_file),
    NAMED(public_key_id_file),
    PARAM(struct described, platform_files, .max = WECHATPAY_KEYS_MAX, .check = is_plain_word,
          .optional = true),
    NAMED(seller_id),
    NAMED(op_app_id),
    NAMED(gateway_certificate_file),
    NAMED(root_file),
    NAMED(middle_file),
    PARAM(struct described, is_test, .optional = true),
    PARAM_END,
};

static void add_key(struct merchant_opening *opening, struct merchant *merchant, const char *serial,
                    const struct key *key)
{
    struct wechatpay_merchant *wechatpay = &merchant->wechatpay;

    if (wechatpay->key_count == WECHATPAY_KEYS_MAX) {
        merchant_fault(opening, "more than %d keys of WeChat Pay", WECHATPAY_KEYS_MAX);
        return;
    }
    merchant->wechatpay_keys[wechatpay->key_count++] = (struct wechatpay_key){serial, key};
    if (wechatpay->wanted_serial == NULL)
        wechatpay->wanted_serial = serial;
}

static void add_public_key(struct merchant_opening *opening, struct merchant *merchant,
                           const struct described *in)
{
    const struct key *key = merchant_public_key(opening, "public_key_file", in->public_key_file);
    size_t size;
    const char *id = merchant_text(opening, "public_key_id_file", in->public_key_id_file, &size);

    if (key == NULL || id == NULL)
        return;
    if (strncmp(id, "PUB_KEY_ID_", 11) != 0)
        merchant_fault(opening, "file %s: an id begins with PUB_KEY_ID_", in->public_key_id_file);
    add_key(opening, merchant, id, key);
}

static void add_platform(struct merchant_opening *opening, struct merchant *merchant,
                         const char *name)
{
    const struct certificate *certificate = merchant_certificate(opening, "platform_files", name);
    const struct key *key;

    if (certificate == NULL)
        return;
    key = merchant_certified_key(opening, certificate);
    if (key != NULL)
        add_key(opening, merchant, certificate_serial_hex(opening->arena, certificate), key);
}

static void check_pair(struct merchant_opening *opening, const struct described *in,
                       const struct key *private_key, const struct certificate *certificate)
{
    const struct key *certified = merchant_certified_key(opening, certificate);

    if (private_key != NULL && certified != NULL && !key_is_pair(private_key, certified))
        merchant_fault(opening, "file %s is not the key of certificate %s", in->key_file,
                       in->certificate_file);
}

static void open_wechatpay(struct merchant_opening *opening, struct merchant *merchant,
                           const struct described *in)
{
    struct wechatpay_merchant *wechatpay = &merchant->wechatpay;
    const struct certificate *certificate =
        merchant_certificate(opening, "certificate_file", in->certificate_file);
    size_t size = 0;
    char *apiv3 = merchant_text(opening, "apiv3_key_file", in->apiv3_key_file, &size);

    if (in->appid == NULL)
        merchant_fault(opening, "member appid is missing");
    wechatpay->mchid = in->merchant;
    wechatpay->appid = in->appid;
    wechatpay->keys = merchant->wechatpay_keys;
    merchant->learned = learned_open(opening->arena);
    wechatpay->private_key = merchant_private_key(opening, in->key_file);
    wechatpay->apiv3_key = (struct bytes){(const unsigned char *)apiv3, size};
    if (certificate != NULL) {
        wechatpay->serial = certificate_serial_hex(opening->arena, certificate);
        check_pair(opening, in, wechatpay->private_key, certificate);
    }
    if (apiv3 != NULL && size != APIV3_KEY_SIZE)
        merchant_fault(opening, "file %s: an APIv3 key has 32 bytes, this has %zu",
                       in->apiv3_key_file, size);
    if (in->public_key_file != NULL || in->public_key_id_file != NULL)
        add_public_key(opening, merchant, in);
    for (size_t i = 0; i < in->platform_files.count; i++)
        add_platform(opening, merchant, in->platform_files.items[i]);
    if (wechatpay->key_count == 0)
        merchant_fault(opening, "neither public_key_file nor platform_files: nothing verifies "
                                "answers");
}

static void check_not_ours(struct merchant_opening *opening, const struct alipay_app *app,
                           const struct key *theirs, const char *name, const char *what)
{
    if (app->private_key != NULL && theirs != NULL && key_is_pair(app->private_key, theirs))
        merchant_fault(opening, "file %s is our own application's %s: Alipay's is wanted", name,
                       what);
}

/* One that has ended is told of and believes nothing more, but takes no other merchant with it. */
static void add_gateway_certificate(struct merchant_opening *opening, struct merchant *merchant,
                                    const struct described *in)
{
    struct alipay_merchant *alipay = &merchant->alipay;
    const char *name = in->gateway_certificate_file;
    const struct certificate *certificate =
        merchant_certificate(opening, "gateway_certificate_file", name);
    const char *pem;
    struct instant ends_at, at = clock_now();
    size_t size;

    if (certificate == NULL)
        return;
    pem = merchant_text(opening, "gateway_certificate_file", name, &size);
    ends_at = certificate_ends_at(certificate);
    if (at.ms >= ends_at.ms)
        at.ms = ends_at.ms - 1000;
    check_not_ours(opening, &alipay->app, merchant_certified_key(opening, certificate), name,
                   "certificate");
    if (pem == NULL || alipay->roots_pem == NULL || opening->has_failed)
        return;
    if (!alipay_is_rooted(alipay->roots_pem, pem, at))
        merchant_fault(opening,
                       "file %s is not signed by way of the roots in %s, or is not valid yet", name,
                       in->root_file);
    else if (!learned_add(merchant->learned, alipay_cert_sn(opening->arena, pem),
                          certificate_key(certificate), ends_at))
        merchant_fault(opening, "file %s has no serial that is of use", name);
}

static void open_alipay_certificates(struct merchant_opening *opening, struct merchant *merchant,
                                     const struct described *in)
{
    struct alipay_app *app = &merchant->alipay.app;
    const struct certificate *own =
        merchant_certificate(opening, "certificate_file", in->certificate_file);
    size_t size;

    merchant->learned = learned_open(opening->arena);
    merchant->alipay.roots_pem = merchant_text(opening, "root_file", in->root_file, &size);
    if (own != NULL) {
        check_pair(opening, in, app->private_key, own);
        app->app_cert_sn = alipay_serial(opening->arena, own);
    }
    if (merchant->alipay.roots_pem != NULL) {
        app->root_cert_sn = alipay_root_cert_sn(opening->arena, merchant->alipay.roots_pem);
        if (app->root_cert_sn == NULL)
            merchant_fault(opening, "file %s holds no root that is signed with RSA", in->root_file);
    }
    add_gateway_certificate(opening, merchant, in);
    if (!opening->has_failed)
        log_info(NULL, "alipay_serials", "%s: app_cert_sn %s, alipay_root_cert_sn %s, %s %s",
                 in->merchant, app->app_cert_sn, app->root_cert_sn, "alipay_cert_sn",
                 merchant->learned->items[0].serial);
}

static void open_alipay(struct merchant_opening *opening, struct merchant *merchant,
                        const struct described *in)
{
    struct alipay_app *app = &merchant->alipay.app;

    app->app_id = in->merchant;
    app->private_key = merchant_private_key(opening, in->key_file);
    merchant->alipay.seller_id = in->seller_id;
    merchant->alipay.op_app_id = in->op_app_id == NULL ? in->merchant : in->op_app_id;
    if (in->certificate_file == NULL && in->gateway_certificate_file == NULL &&
        in->root_file == NULL) {
        app->gateway_key = merchant_public_key(opening, "public_key_file", in->public_key_file);
        check_not_ours(opening, app, app->gateway_key, in->public_key_file, "public key");
        return;
    }
    open_alipay_certificates(opening, merchant, in);
    if (in->public_key_file != NULL)
        merchant_fault(opening, "public_key_file beside certificates: an application at Alipay has "
                                "either one");
}

static void drop_trust(void *trust)
{
    trust_close(trust);
}

static void open_unionpay(struct merchant_opening *opening, struct merchant *merchant,
                          const struct described *in)
{
    struct unionpay_merchant *unionpay = &merchant->unionpay;
    const struct certificate *certificate =
        merchant_certificate(opening, "certificate_file", in->certificate_file);
    size_t size;
    const char *roots = merchant_text(opening, "root_file", in->root_file, &size);
    const char *middle = merchant_text(opening, "middle_file", in->middle_file, &size);
    struct trust *trust = roots != NULL && middle != NULL ? trust_open(roots, middle) : NULL;

    unionpay->mer_id = in->merchant;
    unionpay->private_key = merchant_private_key(opening, in->key_file);
    if (certificate != NULL) {
        unionpay->cert_id = certificate_serial_decimal(opening->arena, certificate);
        check_pair(opening, in, unionpay->private_key, certificate);
    }
    merchant->unionpay_gateway = (struct unionpay_gateway){trust, in->is_test};
    if (in->is_test && !opening->process->config.development)
        merchant_fault(opening, "is_test believes UnionPay's test system: for DEVELOPMENT=1 only");
    if (trust != NULL)
        arena_defer(opening->arena, drop_trust, trust);
    else if (roots != NULL && middle != NULL)
        merchant_fault(opening, "file %s or %s holds no certificate", in->root_file,
                       in->middle_file);
}

/* How the merchants of each gateway are opened. */
static const struct {
    const char *gateway;
    void (*open)(struct merchant_opening *opening, struct merchant *merchant,
                 const struct described *in);
} openers[] = {{"wechatpay", open_wechatpay}, {"alipay", open_alipay}, {"unionpay", open_unionpay}};

const struct merchant *merchant_for(const struct merchants *merchants, const char *gateway,
                                    const char *account)
{
    for (size_t i = 0; i < merchants->count; i++) {
        const struct merchant *merchant = &merchants->items[i];

        for (size_t a = 0; a < merchant->accounts.count; a++)
            if (strcmp(merchant->gateway, gateway) == 0 &&
                strcmp(merchant->accounts.items[a], account) == 0)
                return merchant;
    }
    return NULL;
}

const struct merchant *merchant_named(const struct merchants *merchants, const char *gateway,
                                      const char *id)
{
    for (size_t i = 0; i < merchants->count; i++)
        if (strcmp(merchants->items[i].gateway, gateway) == 0 &&
            strcmp(merchants->items[i].id, id) == 0)
            return &merchants->items[i];
    return NULL;
}

/* Two for one account would leave it to chance where the money goes. */
static void check_alone(struct merchant_opening *opening, const struct merchants *before,
                        const struct described *in)
{
    if (merchant_named(before, in->gateway, in->merchant) != NULL)
        merchant_fault(opening, "it stands there twice");
    for (size_t a = 0; a < in->accounts.count; a++)
        if (merchant_for(before, in->gateway, in->accounts.items[a]) != NULL)
            merchant_fault(opening, "account %s has another merchant at %s already",
                           in->accounts.items[a], in->gateway);
}

static void open_one(struct merchant_opening *opening, const struct described *in,
                     const char *notify_url, struct merchant *merchant)
{
    *merchant = (struct merchant){
        .gateway = in->gateway,
        .id = in->merchant,
        .accounts = in->accounts,
        .notify_url =
            arena_printf(opening->arena, "%s/notify/%s/%s", notify_url, in->gateway, in->merchant),
    };
    for (size_t i = 0; i < sizeof(openers) / sizeof(*openers); i++)
        if (strcmp(openers[i].gateway, in->gateway) == 0)
            openers[i].open(opening, merchant, in);
}

static void open_all(struct merchant_opening *opening, struct records described,
                     const char *notify_url, struct merchants *merchants)
{
    const struct described *in = described.items;
    struct merchant *items = arena_alloc(opening->arena, described.count * sizeof(*items));

    *merchants = (struct merchants){items, 0};
    for (size_t i = 0; i < described.count; i++) {
        bool had_failed = opening->has_failed;

        opening->has_failed = false;
        check_alone(opening, merchants, &in[i]);
        open_one(opening, &in[i], notify_url, &items[merchants->count++]);
        if (opening->has_failed)
            merchant_fault(opening, "so merchant %s at %s cannot be used", in[i].merchant,
                           in[i].gateway);
        opening->has_failed = opening->has_failed || had_failed;
    }
}

/* What the description itself lacks, each member by its name. */
static void tell_reasons(struct merchant_opening *opening, const struct request *r,
                         const char *path, size_t index)
{
    struct reason what;
    struct values about;

    for (size_t i = 0; reason_at(r, i, &what, &about); i++)
        merchant_fault(opening, "file %s, merchant %zu: %s %s", path, index + 1, what.code,
                       about.count > 0 && about.items[0].kind == KIND_TEXT ? about.items[0].text
                                                                           : "");
}

static void read_all(struct merchant_opening *opening, struct request *r, const char *path,
                     const char *notify_url, struct merchants *merchants)
{
    struct records described;
    size_t size;
    char *text = secret_read(path, FILE_MAX, &size);

    opening->has_failed = text == NULL;
    if (text == NULL)
        return;
    if (inputs_from_json(r, (struct bytes){(const unsigned char *)text, size}, "merchants",
                         MERCHANTS_MAX, described_params, sizeof(struct described), STRICT,
                         &described) != E_OK)
        tell_reasons(opening, r, path, described.count);
    else if (described.count == 0)
        merchant_fault(opening, "file %s describes no merchant", path);
    else
        open_all(opening, described, notify_url, merchants);
    secret_forget(text, size);
}

static void close_request(void *r)
{
    request_close(r);
}

enum error merchants_open(struct process *process, struct arena *arena, const char *path,
                          const char *notify_url, struct merchants *merchants)
{
    const char *slash = strrchr(path, '/');
    struct merchant_opening opening = {
        .process = process,
        .arena = arena,
        .folder = slash == NULL ? "." : arena_text_of(arena, path, (size_t)(slash - path))};
    struct request *r = request_open(process);

    arena_defer(arena, close_request, r); /* its arena holds what was read */
    read_all(&opening, r, path, notify_url, merchants);
    return opening.has_failed ? E_REFUSED : E_OK;
}
