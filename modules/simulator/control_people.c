/* Test citizens, their codes and faces: what a phone would do. */

#include "simulator/pay.h"
#include "simulator/wechat.h"

enum error save_citizen_route(struct request *r)
{
    const struct citizen_input *in = r->input;
    struct sim_citizen citizen = {
        .openid = in->openid,
        .phone = in->phone,
        .name = in->name,
        .id_no = in->id_no,
        .face_ret = in->face_ret,
        .is_risky = in->is_risky,
    };

    TRY(save_citizen(r, &citizen));
    TRY(find_citizen(r, in->openid, &citizen));
    return reply_record(r, 200, sim_citizen_fields, &citizen);
}

static enum error reply_code(struct request *r, const char *kind)
{
    const struct code_input *in = r->input;
    struct sim_code code;

    TRY(make_code(r, kind, in->openid, &code));
    return reply_json(r, 201, json_pack("{ss}", "code", code.code));
}

enum error login_code_route(struct request *r)
{
    return reply_code(r, "login");
}

enum error phone_code_route(struct request *r)
{
    return reply_code(r, "phone");
}

enum error auth_code_route(struct request *r)
{
    return reply_code(r, "alipay");
}

enum error set_face_route(struct request *r)
{
    const struct face_input *in = r->input;

    TRY(set_face(r, in->verify_id, in->verify_ret));
    return reply_json(
        r, 200,
        json_pack("{ss sI}", "verify_id", in->verify_id, "verify_ret", (json_int_t)in->verify_ret));
}
