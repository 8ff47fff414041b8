/* The signature under a decision (电子签名): bound to exactly the document that was shown, and
   countersigned by the authority's key. */

#include "casework/office_routes.h"
#include "casework/paper.h"
#include "casework/papers.h"
#include "casework/strokes.h"
#include "core/audit.h"
#include "core/clock.h"
#include "core/crypto.h"
#include "core/idempotency.h"
#include "core/seal.h"
#include "core/ulid.h"
#include "violation/procedure.h"

static const struct sealed_column strokes_column = {"decision_signature", "strokes"};

enum { CHINA_AHEAD_HOURS = 8 };

struct signature {
    const char *id, *decision_no;
    struct bytes document_sha256;
    const char *person_id, *officer_id;
    struct bytes strokes, strokes_sha256;
    const char *device;
    struct instant signed_at;
    struct bytes signed_sha256; /* NULL until it is countersigned */
};

static const struct field signature_fields[] = {
    FIELD(struct signature, id),
    FIELD(struct signature, decision_no),
    FIELD(struct signature, document_sha256),
    FIELD(struct signature, person_id),
    FIELD_OR_NULL(struct signature, officer_id),
    FIELD(struct signature, strokes),
    FIELD(struct signature, strokes_sha256),
    FIELD(struct signature, device),
    FIELD(struct signature, signed_at),
    FIELD_OR_NULL(struct signature, signed_sha256),
    FIELD_END,
};

struct signature_view {
    const char *violation_id, *decision_no, *document_sha256, *strokes_sha256, *signed_sha256,
        *device;
    struct instant signed_at;
};

const struct field signature_view_fields[] = {
    FIELD(struct signature_view, violation_id),    FIELD(struct signature_view, decision_no),
    FIELD(struct signature_view, document_sha256), FIELD(struct signature_view, strokes_sha256),
    FIELD(struct signature_view, signed_sha256),   FIELD(struct signature_view, device),
    FIELD(struct signature_view, signed_at),       FIELD_END,
};

static bool is_sha256_hex(const char *text)
{
    return strlen(text) == (size_t)2 * SHA256_SIZE &&
           strspn(text, "0123456789abcdef") == (size_t)2 * SHA256_SIZE;
}

#define SIGNATURE_PARAMS                                                                           \
    PARAM(struct signature_input, id, .source = PATH, .check = is_ulid),                           \
        PARAM(struct signature_input, document_sha256, .min = 64, .max = 64,                       \
              .check = is_sha256_hex),                                                             \
        PARAM(struct signature_input, strokes, .min = 1, .max = STROKES_TEXT_MAX,                  \
              .check = is_strokes),                                                                \
        PARAM(struct signature_input, device, .min = 1, .max = 120)

const struct param signature_params[] = {
    SIGNATURE_PARAMS,
    PARAM_END,
};

const struct param office_signature_params[] = {
    SIGNATURE_PARAMS,
    PARAM(struct signature_input, identity_checked, .source = BODY),
    PARAM_END,
};

enum { FIND, INSERT, COUNTERSIGN, STATEMENTS_END };

const struct statement signature_sql[] = {
    [FIND] = {.sql = "SELECT id, decision_no, document_sha256, person_id, officer_id, strokes,"
                     "  strokes_sha256, device, signed_at, signed_sha256 FROM decision_signature"
                     "  WHERE decision_no = ?",
              ROWS(struct signature, signature_fields)},
    [INSERT] = {.sql = "INSERT INTO decision_signature (id, decision_no, document_sha256,"
                       "  person_id, actor_id, officer_id, strokes, key_id, strokes_sha256, device,"
                       "  signed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [COUNTERSIGN] = {.sql = "UPDATE decision_signature SET signed_sha256 = ?, countersigned_at = ?"
                            "  WHERE decision_no = ? AND signed_sha256 IS NULL"},
    [STATEMENTS_END] = {.sql = NULL},
};

static enum error find_signature(struct request *r, const char *decision_no,
                                 struct signature *signature)
{
    return db_one(r, &signature_sql[FIND], signature, VALUES(decision_no));
}

/* --- The strokes ----------------------------------------------------------------------------- */

struct signing {
    bool is_office;
    struct decision decision;
    struct signature signature;
};

static struct bytes digest_of(struct arena *arena, const char *text)
{
    unsigned char *digest = arena_alloc(arena, SHA256_SIZE);

    sha256(bytes_of(text), digest);
    return (struct bytes){digest, SHA256_SIZE};
}

static enum error lock_decision(struct request *r, const char *id, struct signing *signing)
{
    struct violation act;
    enum error found;

    TRY(signing->is_office ? lock_case(r, id, &act) : lock_own_case(r, id, &act));
    found = find_decision(r, id, &signing->decision);
    return found == E_NOT_FOUND ? refuse(r, NOT_DECIDED, VALUES(id)) : found;
}

/* Of exactly the document that is current now. */
static enum error check_document(struct request *r, const struct signature_input *in,
                                 const struct decision *decision)
{
    struct decision_paper paper;
    enum error found = find_decision_paper(r, decision->decision_no, &paper);

    if (strcmp(decision->manner, "street") == 0)
        reason(r, PAPER_HANDED_OVER, VALUES(decision->decision_no));
    else if (found == E_NOT_FOUND)
        reason(r, PAPER_NOT_SHOWN, VALUES(decision->decision_no));
    else if (found != E_OK)
        return found;
    else if (!bytes_equal(hex_decode(r->arena, in->document_sha256), paper.sha256))
        reason(r, PAPER_IS_OTHER,
               VALUES("document_sha256", in->document_sha256, hex_encode(r->arena, paper.sha256)));
    return E_OK;
}

/* The officer saw who signs, and is somebody else. */
static void check_officer(struct request *r, const struct signature_input *in,
                          const struct decision *decision)
{
    check_not_own(r, decision->case_id, decision->person_id, &PARTY_CONFLICT);
    if (!in->identity_checked)
        reason(r, IDENTITY_UNCHECKED, VALUES("identity_checked"));
}

static enum error insert_signature(struct request *r, const struct signature_input *in,
                                   struct signing *signing)
{
    const char *id = ulid_new(r);
    const struct decision *decision = &signing->decision;

    TRY(db_run(r, &signature_sql[INSERT],
               VALUES(id, decision->decision_no, hex_decode(r->arena, in->document_sha256),
                      decision->person_id, r->actor_id, signing->is_office ? r->actor_id : NULL,
                      seal(r, &strokes_column, id, in->strokes), seal_active_key(r),
                      digest_of(r->arena, in->strokes), in->device, r->now)));
    TRY(insert_document_service(r, &(struct document_service){.id = ulid_new(r),
                                                              .decision_no = decision->decision_no,
                                                              .how = "signed",
                                                              .served_on = civil_day(r->now),
                                                              .consent_at = {NONE},
                                                              .published_on = {NONE},
                                                              .recorded_by = r->actor_id,
                                                              .recorded_at = r->now}));
    audit(r, "sign_decision", decision->case_id, "decision=%s at=%s", decision->decision_no,
          signing->is_office ? "office" : "own_device");
    return find_signature(r, decision->decision_no, &signing->signature);
}

static enum error sign(struct request *r, void *product)
{
    const struct signature_input *in = r->input;
    struct signing *signing = product;
    enum error found;

    TRY(lock_decision(r, in->id, signing));
    found = find_signature(r, signing->decision.decision_no, &signing->signature);
    if (found != E_NOT_FOUND && (found != E_OK || !idempotency_is_new(r)))
        return found;
    if (found == E_OK)
        reason(r, SIGNED_ALREADY,
               VALUES(signing->decision.decision_no, signing->signature.signed_at));
    TRY(check_document(r, in, &signing->decision));
    if (signing->is_office)
        check_officer(r, in, &signing->decision);
    TRY(refused(r));
    return insert_signature(r, in, signing);
}

/* --- Countersigned by us --------------------------------------------------------------------- */

static struct texts lines_of(struct request *r, const struct signature *signature)
{
    const char *shown =
        instant_to_text(r->arena, instant_add(signature->signed_at, CHINA_AHEAD_HOURS * HOUR_MS));
    struct texts lines = {arena_alloc(r->arena, 4 * sizeof(char *)), 0};

    lines.items[lines.count++] = "被处罚人签名（已阅读上述处罚决定）";
    lines.items[lines.count++] = arena_printf(
        r->arena, "签名时间：%.10s %.8s（北京时间）；%s", shown, shown + strlen("2026-11-28T"),
        signature->officer_id == NULL ? "本人设备" : "民警平板，已核对身份证件");
    lines.items[lines.count++] = arena_printf(r->arena, "所签文书SHA-256：%s",
                                              hex_encode(r->arena, signature->document_sha256));
    lines.items[lines.count++] =
        arena_printf(r->arena, "笔迹SHA-256：%s", hex_encode(r->arena, signature->strokes_sha256));
    return lines;
}

/* Of two who make it at once the first one's stays. */
static enum error keep(struct request *r, void *product)
{
    struct signature *signature = product;
    enum error kept = db_change(r, &signature_sql[COUNTERSIGN],
                                VALUES(signature->signed_sha256, r->now, signature->decision_no));

    return kept == E_NOT_FOUND ? find_signature(r, signature->decision_no, signature) : kept;
}

static enum error countersign(struct request *r, const struct decision *decision,
                              struct signature *signature)
{
    struct paper_signature drawn = {.lines = lines_of(r, signature)};

    if (signature->signed_sha256.data != NULL)
        return E_OK;
    TRY(unseal(r, &strokes_column, signature->id, signature->strokes, &drawn.strokes));
    TRY(draw_decision(r, decision, &drawn, &signature->signed_sha256));
    return db_transaction(r, keep, signature);
}

/* What was signed stays signed when the paper can not be made this moment: it is made when somebody
   asks again. */
static enum error sign_and_reply(struct request *r, bool is_office)
{
    const struct signature_input *in = r->input;
    struct signing signing = {.is_office = is_office};
    const struct signature *signature = &signing.signature;
    struct signature_view view;

    TRY(db_transaction(r, sign, &signing));
    TRY(countersign(r, &signing.decision, &signing.signature));
    view =
        (struct signature_view){.violation_id = in->id,
                                .decision_no = signature->decision_no,
                                .document_sha256 = hex_encode(r->arena, signature->document_sha256),
                                .strokes_sha256 = hex_encode(r->arena, signature->strokes_sha256),
                                .signed_sha256 = hex_encode(r->arena, signature->signed_sha256),
                                .device = signature->device,
                                .signed_at = signature->signed_at};
    return reply_record(r, 201, signature_view_fields, &view);
}

enum error sign_decision(struct request *r)
{
    return sign_and_reply(r, false);
}

enum error office_sign_decision(struct request *r)
{
    return sign_and_reply(r, true);
}

static enum error reply_signed(struct request *r, bool is_office)
{
    const struct case_input *in = r->input;
    struct decision decision;
    struct signature signature;

    TRY(find_paper_decision(r, in->id, is_office, &decision));
    TRY(find_signature(r, decision.decision_no, &signature));
    TRY(countersign(r, &decision, &signature));
    return reply_paper_file(r, signature.signed_sha256,
                            arena_printf(r->arena, "%s-signed", decision.decision_no));
}

enum error show_signed_paper(struct request *r)
{
    return reply_signed(r, false);
}

enum error office_show_signed_paper(struct request *r)
{
    return reply_signed(r, true);
}
