#include "payment/gateway.h"
#include "payment/state.h"

static const struct gateway *const gateways[] = {&gateway_wechatpay, &gateway_alipay};

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

const struct gateway *gateway_of(const char *channel)
{
    for (size_t i = 0; i < GATEWAYS_COUNT; i++)
        if (strcmp(gateways[i]->channel, channel) == 0)
            return gateways[i];
    return NULL;
}

bool is_channel(const char *text)
{
    return gateway_of(text) != NULL;
}

struct way {
    const struct gateway *gateway;
    const struct merchant *merchant;
};

static enum error find_way(struct request *r, const char *gateway, const char *merchant,
                           struct way *way)
{
    *way = (struct way){gateway_named(gateway), merchant_of(r, gateway, merchant)};
    if (way->gateway != NULL && way->merchant != NULL)
        return E_OK;
    return failed(r, E_UNAVAILABLE, "merchant %s at %s is not in MERCHANTS_FILE", merchant,
                  gateway);
}

enum error gateway_open(struct request *r, const struct pursuit *pursuit, struct answer *answer)
{
    struct way way;

    TRY(find_way(r, pursuit->gateway, pursuit->merchant, &way));
    return way.gateway->open(r, way.merchant, pursuit, answer);
}

enum error gateway_query(struct request *r, const struct pursuit *pursuit, struct answer *answer)
{
    struct way way;

    TRY(find_way(r, pursuit->gateway, pursuit->merchant, &way));
    return way.gateway->query(r, way.merchant, pursuit, answer);
}

enum error gateway_close(struct request *r, const struct pursuit *pursuit, struct answer *answer)
{
    struct way way;

    TRY(find_way(r, pursuit->gateway, pursuit->merchant, &way));
    return way.gateway->close(r, way.merchant, pursuit, answer);
}

enum error gateway_refund(struct request *r, const struct refund *refund, struct answer *answer)
{
    struct way way;

    TRY(find_way(r, refund->gateway, refund->merchant, &way));
    return way.gateway->refund(r, way.merchant, refund, answer);
}

enum error gateway_refund_query(struct request *r, const struct refund *refund,
                                struct answer *answer)
{
    struct way way;

    TRY(find_way(r, refund->gateway, refund->merchant, &way));
    return way.gateway->refund_query(r, way.merchant, refund, answer);
}

enum error gateway_present(struct request *r, const struct pursuit *pursuit,
                           struct order_view *view)
{
    const struct gateway *gateway = gateway_named(pursuit->gateway);
    struct way way;

    view->channel = gateway->channel;
    if (strcmp(view->state, "paying") != 0 || pursuit->prepay_id == NULL)
        return E_OK;
    TRY(find_way(r, pursuit->gateway, pursuit->merchant, &way));
    return gateway->present(r, way.merchant, pursuit->prepay_id, view);
}
