/* api.weixin.qq.com/cityservice/face: what the camera saw is told through the control routes. */

#include "simulator/wechat.h"

#define FACE_MS (3600 * SECOND_MS)
/* Outcomes other than 10000. */
#define FACE_NOT_THIS_PERSON 10004

static enum error answer(struct request *r, json_t *json)
{
    return reply_text(r, 200, "application/json; encoding=utf-8", json_text(r->arena, json));
}

static const char *cert_part(struct request *r, const json_t *info, const char *name)
{
    const char *text = json_string_at(info, name);

    return wire_base64(r->arena, (const unsigned char *)text, strlen(text));
}

static const char *cert_hash(struct request *r, const json_t *info)
{
    return wire_sha256_hex(r->arena, arena_printf(r->arena, "cert_type=%s&cert_name=%s&cert_no=%s",
                                                  cert_part(r, info, "cert_type"),
                                                  cert_part(r, info, "cert_name"),
                                                  cert_part(r, info, "cert_no")));
}

static const struct member verify_members[] = {
    {"out_seq_no", A_TEXT, true, 1, 64, is_plain},
    {"cert_info", AN_OBJECT, true, 0, 0, NULL},
    {"cert_info.cert_type", A_TEXT, true, 1, 32, NULL},
    {"cert_info.cert_name", A_TEXT, true, 1, 64, NULL},
    {"cert_info.cert_no", A_TEXT, true, 1, 32, NULL},
    {"openid", A_TEXT, true, 1, 128, is_plain},
    {.path = NULL},
};

static const struct member result_members[] = {
    {"verify_id", A_TEXT, true, 1, 256, is_plain},
    {"out_seq_no", A_TEXT, true, 1, 64, is_plain},
    {"cert_hash", A_TEXT, true, 64, 64, is_plain},
    {"openid", A_TEXT, true, 1, 128, is_plain},
    {.path = NULL},
};

/* Token, body and fault, which all calls have in common; *done when one of them gave the answer. */
static enum error begin(struct request *r, const struct member *members, json_t **body, bool *done)
{
    const char *issue, *pointer;

    TRY(check_token(r, done));
    if (*done)
        return E_OK;
    *done = true;
    *body = json_read(r->arena, (const char *)r->body.data, r->body.size);
    pointer = *body == NULL ? "/" : json_violation(r->arena, *body, members, &issue);
    if (pointer != NULL)
        return wechat_error(r, 40097, arena_printf(r->arena, "invalid args %s", pointer));
    return wechat_fault(r, json_string_at(*body, "out_seq_no"), done);
}

/* The camera sees the citizen of this openid: not whoever is claimed, if we know better. */
static int64_t outcome(const struct sim_citizen *citizen, const json_t *info)
{
    bool is_other_name =
        citizen->name != NULL && strcmp(citizen->name, json_string_at(info, "cert_name")) != 0;
    bool is_other_no =
        citizen->id_no != NULL && strcmp(citizen->id_no, json_string_at(info, "cert_no")) != 0;

    return is_other_name || is_other_no ? FACE_NOT_THIS_PERSON : citizen->face_ret;
}

enum error wechat_get_verify_id(struct request *r)
{
    const struct simulator *simulator = r->state;
    struct sim_citizen citizen;
    struct sim_face face;
    const json_t *info;
    enum error step;
    json_t *body;
    bool done;

    TRY(begin(r, verify_members, &body, &done));
    if (done)
        return E_OK;
    step = find_citizen(r, json_string_at(body, "openid"), &citizen);
    if (step == E_NOT_FOUND)
        return wechat_error(r, 40003, "invalid openid");
    TRY(step);
    info = json_object_get(body, "cert_info");
    face = (struct sim_face){
        .verify_id = wire_random_text(r->arena, simulator->random, 48),
        .out_seq_no = json_string_at(body, "out_seq_no"),
        .openid = citizen.openid,
        .cert_hash = cert_hash(r, info),
        .verify_ret = outcome(&citizen, info),
        .expires_at = instant_add(r->now, FACE_MS),
    };
    step = insert_face(r, &face);
    if (step == E_EXISTS)
        return wechat_error(r, 40097, "invalid args: out_seq_no was used");
    TRY(step);
    return answer(r,
                  json_pack("{sI ss ss sI}", "errcode", (json_int_t)0, "errmsg", "ok", "verify_id",
                            face.verify_id, "expires_in", (json_int_t)(FACE_MS / SECOND_MS)));
}

enum error wechat_query_verify_info(struct request *r)
{
    struct sim_face face;
    enum error found;
    json_t *body;
    bool done;

    TRY(begin(r, result_members, &body, &done));
    if (done)
        return E_OK;
    found = find_face(r, json_string_at(body, "verify_id"), &face);
    if (found != E_OK && found != E_NOT_FOUND)
        return found;
    if (found == E_NOT_FOUND || face.expires_at.ms <= r->now.ms ||
        strcmp(face.out_seq_no, json_string_at(body, "out_seq_no")) != 0 ||
        strcmp(face.openid, json_string_at(body, "openid")) != 0)
        return wechat_error(r, 40097, "invalid args: no such verification");
    if (strcmp(face.cert_hash, json_string_at(body, "cert_hash")) != 0)
        return wechat_error(r, 40097, "invalid args: cert_hash does not match");
    return answer(r, json_pack("{sI ss sI}", "errcode", (json_int_t)0, "errmsg", "ok", "verify_ret",
                               (json_int_t)face.verify_ret));
}
