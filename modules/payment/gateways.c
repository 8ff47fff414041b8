#include "core/clock.h"
#include "payment/gateway.h"
#include "payment/state.h"

static const struct gateway *const gateways[] = {&gateway_wechatpay, &gateway_alipay,
                                                 &gateway_unionpay};
static const struct way *const ways[] = {wechatpay_ways, alipay_ways, unionpay_ways};

enum { GATEWAYS_COUNT = sizeof(gateways) / sizeof(*gateways) };

static const struct gateway *gateway_named(const char *name)
{
    for (size_t i = 0; i < GATEWAYS_COUNT; i++)
        if (strcmp(gateways[i]->name, name) == 0)
            return gateways[i];
    return NULL;
}

bool is_gateway(const char *name)
{
    return gateway_named(name) != NULL;
}

const struct way *way_of(const char *channel)
{
    for (size_t t = 0; t < sizeof(ways) / sizeof(*ways); t++)
        for (const struct way *way = ways[t]; way->channel != NULL; way++)
            if (strcmp(way->channel, channel) == 0)
                return way;
    return NULL;
}

bool is_channel(const char *text)
{
    return way_of(text) != NULL;
}

/* Where an attempt or a refund is at home. */
struct home {
    const struct gateway *gateway;
    const struct merchant *merchant;
};

static enum error find_home(struct request *r, const char *gateway, const char *merchant,
                            struct home *home)
{
    *home = (struct home){gateway_named(gateway), merchant_of(r, gateway, merchant)};
    if (home->gateway != NULL && home->merchant != NULL)
        return E_OK;
    return failed(r, E_UNAVAILABLE, "merchant %s at %s is not in MERCHANTS_FILE", merchant,
                  gateway);
}

enum error gateway_open(struct request *r, const struct pursuit *pursuit, struct answer *answer)
{
    struct home home;

    TRY(find_home(r, pursuit->gateway, pursuit->merchant, &home));
    return way_of(pursuit->channel)->open(r, home.merchant, pursuit, answer);
}

enum error gateway_query(struct request *r, const struct pursuit *pursuit, struct answer *answer)
{
    struct home home;

    TRY(find_home(r, pursuit->gateway, pursuit->merchant, &home));
    return home.gateway->query(r, home.merchant, pursuit, answer);
}

enum error gateway_close(struct request *r, const struct pursuit *pursuit, struct answer *answer)
{
    struct home home;

    TRY(find_home(r, pursuit->gateway, pursuit->merchant, &home));
    return home.gateway->close(r, home.merchant, pursuit, answer);
}

bool gateway_runs_out(const struct pursuit *pursuit)
{
    return gateway_named(pursuit->gateway)->runs_out;
}

enum error gateway_refund(struct request *r, const struct refund *refund, struct answer *answer)
{
    struct home home;

    TRY(find_home(r, refund->gateway, refund->merchant, &home));
    return home.gateway->refund(r, home.merchant, refund, answer);
}

enum error gateway_refund_query(struct request *r, const struct refund *refund,
                                struct answer *answer)
{
    struct home home;

    TRY(find_home(r, refund->gateway, refund->merchant, &home));
    return home.gateway->refund_query(r, home.merchant, refund, answer);
}

const char *gateway_refund_way(const struct refund *refund, struct instant at)
{
    const struct gateway *gateway = gateway_named(refund->gateway);

    return gateway->cancels && is_cancellable(refund, at, gateway->day_lead_ms) ? WAY_CANCEL
                                                                                : WAY_REFUND;
}

const char *const *gateway_bill_kinds(const char *name)
{
    static const char *const none[] = {NULL};
    const struct gateway *gateway = gateway_named(name);

    return gateway != NULL && gateway->bill_kinds != NULL ? gateway->bill_kinds : none;
}

struct instant gateway_day_start(const char *name, struct day day)
{
    return instant_add(day_start(day), -gateway_named(name)->day_lead_ms);
}

enum error gateway_bill(struct request *r, const char *gateway, const char *merchant,
                        struct bill_reading *reading, struct bill_download *download)
{
    struct home home;

    TRY(find_home(r, gateway, merchant, &home));
    reading->format = home.gateway->bill_format;
    reading->wanted.merchant = home.gateway->bill_merchant(home.merchant);
    return home.gateway->bill(r, home.merchant, &reading->wanted, download);
}

enum error gateway_present(struct request *r, const struct pursuit *pursuit,
                           struct order_view *view)
{
    struct home home;

    view->channel = pursuit->channel;
    if (strcmp(view->state, "paying") != 0 || pursuit->prepay_id == NULL)
        return E_OK;
    TRY(find_home(r, pursuit->gateway, pursuit->merchant, &home));
    return way_of(pursuit->channel)->present(r, home.merchant, pursuit->prepay_id, view);
}
