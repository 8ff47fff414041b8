#include "payment/gateway.h"

static const struct gateway *const gateways[] = {&gateway_wechatpay, &gateway_alipay};

enum { GATEWAYS_COUNT = sizeof(gateways) / sizeof(*gateways) };

const struct gateway *gateway_named(const char *name)
{
    for (size_t i = 0; i < GATEWAYS_COUNT; i++)
        if (strcmp(gateways[i]->name, name) == 0)
            return gateways[i];
    return NULL;
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
