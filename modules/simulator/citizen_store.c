/* Test persons, the codes they hold, their face checks, and the access token. */

#include "simulator/wechat.h"

const struct field sim_citizen_fields[] = {
    FIELD(struct sim_citizen, openid),
    FIELD_OR_NULL(struct sim_citizen, phone),
    FIELD_OR_NULL(struct sim_citizen, name),
    FIELD_OR_NULL(struct sim_citizen, id_no),
    FIELD(struct sim_citizen, face_ret),
    FIELD(struct sim_citizen, is_risky),
    FIELD_END,
};

static const struct field code_fields[] = {
    FIELD(struct sim_code, code),
    FIELD(struct sim_code, kind),
    FIELD(struct sim_code, openid),
    FIELD(struct sim_code, expires_at),
    FIELD_OR_NULL(struct sim_code, used_at),
    FIELD_END,
};

static const struct field face_fields[] = {
    FIELD(struct sim_face, verify_id),
    FIELD(struct sim_face, out_seq_no),
    FIELD(struct sim_face, openid),
    FIELD(struct sim_face, cert_hash),
    FIELD(struct sim_face, verify_ret),
    FIELD(struct sim_face, expires_at),
    FIELD_END,
};

static const struct field token_fields[] = {
    FIELD(struct sim_token, token),
    FIELD(struct sim_token, made_at),
    FIELD(struct sim_token, expires_at),
    FIELD_END,
};

enum {
    FIND_CITIZEN,
    SAVE_CITIZEN,
    MEET_CITIZEN,
    INSERT_CODE,
    LOCK_CODE,
    USE_CODE,
    INSERT_FACE,
    FIND_FACE,
    SET_FACE,
    FIND_TOKEN,
    SAVE_TOKEN,
    STATEMENTS_END
};

const struct statement citizen_sql[] = {
    [FIND_CITIZEN] = {.sql = "SELECT openid, phone, name, id_no, face_ret, is_risky"
                             "  FROM sim_citizen WHERE openid = ?",
                      ROWS(struct sim_citizen, sim_citizen_fields)},
    [SAVE_CITIZEN] = {.sql = "INSERT INTO sim_citizen"
                             "  (openid, phone, name, id_no, face_ret, is_risky)"
                             "  VALUES (?, ?, ?, ?, COALESCE(?, 10000), ?)"
                             "  ON DUPLICATE KEY UPDATE phone = COALESCE(?, phone),"
                             "    name = COALESCE(?, name), id_no = COALESCE(?, id_no),"
                             "    face_ret = COALESCE(?, face_ret), is_risky = ?"},
    [MEET_CITIZEN] = {.sql = "INSERT IGNORE INTO sim_citizen (openid) VALUES (?)"},
    [INSERT_CODE] = {.sql = "INSERT INTO sim_code (code, kind, openid, expires_at)"
                            "  VALUES (?, ?, ?, ?)"},
    [LOCK_CODE] = {.sql = "SELECT code, kind, openid, expires_at, used_at FROM sim_code"
                          "  WHERE code = ? AND kind = ? FOR UPDATE",
                   ROWS(struct sim_code, code_fields)},
    [USE_CODE] = {.sql = "UPDATE sim_code SET used_at = ? WHERE code = ?"},
    [INSERT_FACE] = {.sql = "INSERT INTO sim_face"
                            "  (verify_id, out_seq_no, openid, cert_hash, verify_ret, expires_at)"
                            "  VALUES (?, ?, ?, ?, ?, ?)"},
    [FIND_FACE] = {.sql = "SELECT verify_id, out_seq_no, openid, cert_hash, verify_ret, expires_at"
                          "  FROM sim_face WHERE verify_id = ?",
                   ROWS(struct sim_face, face_fields)},
    [SET_FACE] = {.sql = "UPDATE sim_face SET verify_ret = ? WHERE verify_id = ?"},
    [FIND_TOKEN] = {.sql = "SELECT token, made_at, expires_at FROM sim_token WHERE appid = ?",
                    ROWS(struct sim_token, token_fields)},
    [SAVE_TOKEN] = {.sql = "INSERT INTO sim_token (appid, token, made_at, expires_at)"
                           "  VALUES (?, ?, ?, ?) ON DUPLICATE KEY UPDATE token = ?, made_at = ?,"
                           "    expires_at = ?"},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error find_citizen(struct request *r, const char *openid, struct sim_citizen *citizen)
{
    return db_one(r, &citizen_sql[FIND_CITIZEN], citizen, VALUES(openid));
}

static enum error write_citizen(struct request *r, void *product)
{
    const struct sim_citizen *citizen = product;

    return db_run(r, &citizen_sql[SAVE_CITIZEN],
                  VALUES(citizen->openid, citizen->phone, citizen->name, citizen->id_no,
                         citizen->face_ret, citizen->is_risky, citizen->phone, citizen->name,
                         citizen->id_no, citizen->face_ret, citizen->is_risky));
}

enum error save_citizen(struct request *r, const struct sim_citizen *citizen)
{
    struct sim_citizen row = *citizen;

    return db_transaction(r, write_citizen, &row);
}

static enum error write_code(struct request *r, void *product)
{
    const struct sim_code *code = product;
    enum error inserted;

    TRY(db_run(r, &citizen_sql[MEET_CITIZEN], VALUES(code->openid)));
    inserted = db_run(r, &citizen_sql[INSERT_CODE],
                      VALUES(code->code, code->kind, code->openid, code->expires_at));
    return inserted == E_EXISTS ? E_OK : inserted; /* random: only our own can be there */
}

enum error make_code(struct request *r, const char *kind, const char *openid, struct sim_code *code)
{
    const struct simulator *simulator = r->state;

    *code = (struct sim_code){
        .code = wire_random_text(r->arena, simulator->random, 32),
        .kind = kind,
        .openid = openid,
        .expires_at = instant_add(r->now, CODE_MS),
        .used_at = {NONE},
    };
    return db_transaction(r, write_code, code);
}

struct redeeming {
    const char *kind, *text;
    struct sim_code code;
    bool was_tried; /* by an earlier run of this body, whose COMMIT may have counted */
};

static enum error use_code(struct request *r, void *product)
{
    struct redeeming *redeeming = product;

    TRY(db_one(r, &citizen_sql[LOCK_CODE], &redeeming->code,
               VALUES(redeeming->text, redeeming->kind)));
    if (redeeming->code.used_at.ms != NONE)
        return redeeming->was_tried ? E_OK : E_EXISTS;
    if (redeeming->code.expires_at.ms <= r->now.ms)
        return E_NOT_FOUND;
    redeeming->was_tried = true;
    return db_run(r, &citizen_sql[USE_CODE], VALUES(r->now, redeeming->text));
}

enum error redeem_code(struct request *r, const char *kind, const char *text, struct sim_code *code)
{
    struct redeeming redeeming = {.kind = kind, .text = text};
    enum error redeemed = db_transaction(r, use_code, &redeeming);

    *code = redeeming.code;
    return redeemed;
}

enum error find_face(struct request *r, const char *verify_id, struct sim_face *face)
{
    return db_one(r, &citizen_sql[FIND_FACE], face, VALUES(verify_id));
}

static enum error write_face(struct request *r, void *product)
{
    const struct sim_face *face = product;
    struct sim_face found;
    enum error inserted = db_run(r, &citizen_sql[INSERT_FACE],
                                 VALUES(face->verify_id, face->out_seq_no, face->openid,
                                        face->cert_hash, face->verify_ret, face->expires_at));

    /* A number of ours may be there from an earlier run; the caller's may be another check's. */
    if (inserted == E_EXISTS && find_face(r, face->verify_id, &found) == E_OK)
        return E_OK;
    return inserted;
}

enum error insert_face(struct request *r, const struct sim_face *face)
{
    struct sim_face row = *face;

    return db_transaction(r, write_face, &row);
}

static enum error write_face_ret(struct request *r, void *product)
{
    const struct sim_face *face = product;

    return db_run(r, &citizen_sql[SET_FACE], VALUES(face->verify_ret, face->verify_id));
}

enum error set_face(struct request *r, const char *verify_id, int64_t verify_ret)
{
    struct sim_face face;

    TRY(find_face(r, verify_id, &face));
    face.verify_ret = verify_ret;
    return db_transaction(r, write_face_ret, &face);
}

enum error find_token(struct request *r, struct sim_token *token)
{
    const struct simulator_settings *settings = r->settings;

    return db_one(r, &citizen_sql[FIND_TOKEN], token, VALUES(settings->wechat_appid));
}

static enum error write_token(struct request *r, void *product)
{
    const struct simulator_settings *settings = r->settings;
    const struct sim_token *token = product;

    return db_run(r, &citizen_sql[SAVE_TOKEN],
                  VALUES(settings->wechat_appid, token->token, token->made_at, token->expires_at,
                         token->token, token->made_at, token->expires_at));
}

enum error save_token(struct request *r, const struct sim_token *token)
{
    struct sim_token row = *token;

    return db_transaction(r, write_token, &row);
}
