/* alipay.system.oauth.token: its parameters stand at the top, and success has no code. */

#include "simulator/alipay.h"
#include "simulator/wechat.h"

static void refuse_code(struct alipay_call *call)
{
    call->is_error = true;
    call->node = json_pack("{ss ss ss ss}", "code", "40002", "msg", "Invalid Arguments", "sub_code",
                           "isv.code-invalid", "sub_msg", "授权码code无效");
}

enum error alipay_token(struct request *r, struct alipay_call *call)
{
    const struct simulator *simulator = r->state;
    const char *grant = form_value(call->form, "grant_type");
    const char *text = form_value(call->form, "code");
    struct sim_code code;
    enum error redeemed;

    if (grant == NULL || strcmp(grant, "authorization_code") != 0 || text == NULL ||
        !is_plain(text)) {
        refuse_code(call);
        return E_OK;
    }
    redeemed = redeem_code(r, "alipay", text, &code);
    if (redeemed == E_NOT_FOUND || redeemed == E_EXISTS) {
        refuse_code(call);
        return E_OK;
    }
    TRY(redeemed);
    call->node = json_pack(
        "{ss ss sI ss sI ss}", "open_id", code.openid, "access_token",
        arena_printf(r->arena, "authusrB%s", wire_random_text(r->arena, simulator->random, 32)),
        "expires_in", (json_int_t)1296000, "refresh_token",
        arena_printf(r->arena, "authusrB%s", wire_random_text(r->arena, simulator->random, 32)),
        "re_expires_in", (json_int_t)2592000, "auth_start", wire_local(r->arena, r->now));
    return E_OK;
}
