#include "payment/alipay_rest.h"

const char *alipay_rest_auth(struct arena *arena, const struct alipay_app *app, struct instant now,
                             const char *nonce)
{
    if (app->app_cert_sn != NULL)
        return arena_printf(arena, "app_id=%s,app_cert_sn=%s,nonce=%s,timestamp=%lld", app->app_id,
                            app->app_cert_sn, nonce, (long long)now.ms);
    return arena_printf(arena, "app_id=%s,nonce=%s,timestamp=%lld", app->app_id, nonce,
                        (long long)now.ms);
}

const char *alipay_rest_string(struct arena *arena, const struct alipay_rest_call *call)
{
    bool has_token = call->app_auth_token != NULL && call->app_auth_token[0] != '\0';

    return arena_printf(arena, "%s\n%s\n%s\n%s\n%s%s", call->auth, call->method, call->target,
                        call->body, has_token ? call->app_auth_token : "", has_token ? "\n" : "");
}

const char *alipay_rest_authorization(struct arena *arena, const struct alipay_app *app,
                                      const struct alipay_rest_call *call)
{
    const char *string = alipay_rest_string(arena, call);
    const char *sign = sign_rsa_sha256(arena, app->private_key, bytes_of(string));

    if (sign == NULL)
        return NULL;
    return arena_printf(arena, "ALIPAY-SHA256withRSA %s,sign=%s", call->auth, sign);
}

struct bytes alipay_rest_received(struct arena *arena, const struct alipay_rest_signed *received)
{
    const char *head = arena_printf(arena, "%s\n%s\n", received->timestamp, received->nonce);
    size_t head_size = strlen(head), size = head_size + received->body.size + 1;
    unsigned char *message = arena_alloc(arena, size);

    memcpy(message, head, head_size);
    if (received->body.size > 0)
        memcpy(message + head_size, received->body.data, received->body.size);
    message[size - 1] = '\n';
    return (struct bytes){message, size};
}

bool alipay_rest_verify(struct arena *arena, const struct alipay_app *app,
                        const struct alipay_rest_signed *received)
{
    return received->timestamp != NULL && received->nonce != NULL && received->signature != NULL &&
           alipay_verify(app, received->serial, alipay_rest_received(arena, received),
                         received->signature) == ALIPAY_GENUINE;
}
