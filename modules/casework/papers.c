#include "casework/acting.h"
#include "casework/papers.h"

#include <inttypes.h>

#include "casework/application_routes.h"
#include "casework/identifier.h"
#include "casework/paper.h"
#include "casework/paper_sign.h"
#include "casework/statement.h"
#include "casework/workshop.h"
#include "core/audit.h"
#include "core/clock.h"
#include "core/crypto.h"

enum { PAPER_MAX = 2 * 1024 * 1024, PEM_MAX = 65536, ROWS_MAX = 12 };

static const struct casework_settings *settings_of(const struct request *r)
{
    return r->settings;
}

/* --- Keys ---------------------------------------------------------------------------------------
 */

static enum error open_signer(struct request *r, const struct casework_settings *settings,
                              struct casework *casework)
{
    size_t key_size, cert_size;
    char *key = secret_read(settings->paper_key_file, PEM_MAX, &key_size);
    char *cert = secret_read(settings->paper_cert_file, PEM_MAX, &cert_size);

    if (key != NULL && cert != NULL)
        casework->signer = cms_signer_open(key, cert);
    if (key != NULL)
        secret_forget(key, key_size);
    if (cert != NULL)
        secret_forget(cert, cert_size);
    return casework->signer != NULL
               ? E_OK
               : failed(r, E_REFUSED,
                        "PAPER_KEY_FILE %s and PAPER_CERT_FILE %s: no key with its"
                        " certificate",
                        settings->paper_key_file, settings->paper_cert_file);
}

static enum error open_statements(struct request *r, const struct casework_settings *settings,
                                  struct casework *casework)
{
    size_t size, retired_size = 0;
    char *key = secret_read(settings->statement_key_file, PEM_MAX, &size);
    char *retired = *settings->statement_retired_file == '\0'
                        ? NULL
                        : secret_read(settings->statement_retired_file, PEM_MAX, &retired_size);

    if (key != NULL) {
        casework->statements = statement_keys_open(r->arena, key, retired);
        secret_forget(key, size);
    }
    if (retired != NULL)
        secret_forget(retired, retired_size);
    return casework->statements != NULL
               ? E_OK
               : failed(r, E_REFUSED,
                        "STATEMENT_KEY_FILE %s: no Ed25519 key, or a retired one is"
                        " none",
                        settings->statement_key_file);
}

enum error papers_open(struct request *r, const struct casework_settings *settings,
                       struct casework *casework)
{
    if (strncmp(settings->public_url, "https://", 8) != 0)
        return failed(r, E_REFUSED, "PUBLIC_URL %s: not https://...", settings->public_url);
    TRY(open_signer(r, settings, casework));
    return open_statements(r, settings, casework);
}

void papers_close(struct casework *casework)
{
    if (casework->signer != NULL)
        cms_signer_close(casework->signer);
}

/* --- The permit ---------------------------------------------------------------------------------
 */

/* Who or what holds it: the organisation that runs a car park, a vehicle's plate. */
static enum error find_holder(struct request *r, const struct application *a, const char **holder)
{
    if (a->definition->holder_field == NULL)
        return organisation_label(r, a->applicant_id, holder);
    *holder = form_text(a->definition, a->form, a->definition->holder_field);
    return E_OK;
}

/* What anybody may read who scans the code. */
static const char *masked_holder(struct request *r, const char *holder)
{
    return is_plate(holder) ? mask_plate(r->arena, holder) : holder;
}

/* All that was applied for but how to reach the applicant and the days, which the paper has anyway.
 */
struct records paper_particulars(struct request *r, const struct application *a)
{
    const struct form_rule *rule = a->definition->forms.items;
    struct paper_row *rows = arena_alloc(r->arena, ROWS_MAX * sizeof(*rows));
    size_t count = 0;

    for (size_t i = 0; i < a->definition->forms.count && count < ROWS_MAX; i++, rule++) {
        const char *text = form_shown(r->arena, a->definition, a->form, i);

        if (text == NULL || IS_ONE_OF(rule->kind, "mobile", "day", "credit_code") ||
            IS_ONE_OF(rule->code, a->definition->holder_field))
            continue;
        rows[count++] = (struct paper_row){rule->name, text};
    }
    return (struct records){rows, count};
}

static struct paper paper_for(struct request *r, const struct application *a,
                              const struct permit *permit, const char *holder)
{
    struct paper paper = paper_of(PAPER_LICENCE);

    paper.title = a->definition->permit;
    paper.authority = settings_of(r)->authority;
    paper.number = permit->permit_no;
    paper.date = civil_day(permit->issued_at);
    paper.made_at = permit->issued_at;
    paper.person = holder;
    paper.particulars = paper_particulars(r, a);
    paper.content = a->definition->summary;
    paper.basis = a->definition->basis;
    paper.valid_from = permit->valid_from;
    paper.valid_to = permit->valid_to;
    return paper;
}

static const char *statement_for(struct request *r, const struct application *a,
                                 const struct permit *permit, const char *holder)
{
    const struct paper_statement statement = {
        .iss = settings_of(r)->authority,
        .kind = a->service,
        .no = permit->permit_no,
        .sub = masked_holder(r, holder),
        .from = permit->valid_from,
        .to = permit->valid_to,
        .iat = permit->issued_at,
    };

    return statement_sign(r->arena, casework_of(r)->statements, &statement);
}

static enum error draw(struct request *r, const struct paper *paper, struct arena *arena,
                       struct bytes *file)
{
    const char *folder = settings_of(r)->uploads.workshop;
    struct product product = {.arena = arena, .max = PAPER_MAX};
    const struct pdf_signing signing = {paper->authority, "签发", paper->made_at};

    TRY(workshop_run(r, folder, "paper", bytes_of(paper_json(r->arena, paper)), &product));
    if (product.refusal != NULL)
        return failed(r, E_INTERNAL, "paper %s: %s", paper->number, product.refusal);
    *file = paper_sign(arena, casework_of(r)->signer, product.bytes, &signing);
    return file->data == NULL ? failed(r, E_INTERNAL, "paper %s: not signed", paper->number) : E_OK;
}

static void close_arena(void *arena)
{
    arena_close(arena);
}

static struct arena *file_arena(struct request *r)
{
    struct arena *arena = arena_open(STORE_ARENA_MAX);

    arena_defer(r->arena, close_arena, arena);
    return arena;
}

enum error paper_keep(struct request *r, const struct paper *paper, struct bytes *digest_of)
{
    unsigned char *digest = arena_alloc(r->arena, SHA256_SIZE);
    struct arena *arena = file_arena(r);
    struct bytes file;

    paper_check(r, paper);
    TRY(refused(r));
    TRY(draw(r, paper, arena, &file));
    sha256(file, digest);
    *digest_of = (struct bytes){digest, SHA256_SIZE};
    return store_put(r, &settings_of(r)->uploads.store, *digest_of, arena, file);
}

enum error permit_paper(struct request *r, const struct application *application,
                        const struct permit *permit, struct bytes *digest, const char **statement)
{
    struct paper paper;
    const char *holder,
        *address = arena_printf(r->arena, "%s/api/%s/permits/%s", settings_of(r)->public_url,
                                r->service->name, permit->permit_no);

    TRY(find_holder(r, application, &holder));
    paper = paper_for(r, application, permit, holder);
    *statement = statement_for(r, application, permit, holder);
    paper.statement = statement_address(r->arena, address, *statement);
    return paper_keep(r, &paper, digest);
}

/* --- Who asks for it ----------------------------------------------------------------------------
 */

enum error reply_paper_file(struct request *r, struct bytes sha256, const char *name)
{
    struct bytes file;

    TRY(store_get(r, &settings_of(r)->uploads.store, sha256, file_arena(r), &file));
    reply_header(r, "X-Content-Type-Options", "nosniff");
    reply_header(r, "Cache-Control", "private, no-store");
    reply_header(r, "Content-Disposition",
                 arena_printf(r->arena, "inline; filename=\"%s.pdf\"", name));
    return reply_bytes(r, 200, "application/pdf", file);
}

static enum error reply_paper(struct request *r, const struct application *application)
{
    struct permit permit;

    TRY(permit_of(r, application->id, &permit));
    if (permit.paper_sha256.data == NULL)
        return E_NOT_FOUND;
    return reply_paper_file(r, permit.paper_sha256, permit.permit_no);
}

enum error show_paper(struct request *r)
{
    const struct application_input *in = r->input;
    struct application application;

    TRY(application_find_own(r, in->id, &application));
    return reply_paper(r, &application);
}

enum error office_show_paper(struct request *r)
{
    const struct application_input *in = r->input;
    struct application application;

    TRY(application_find_office(r, in->id, &application));
    audit(r, "paper_read", application.id, "%s", application.service);
    return reply_paper(r, &application);
}

enum error show_paper_keys(struct request *r)
{
    reply_header(r, "Cache-Control", "public, max-age=3600");
    return reply_text(r, 200, "application/jwk-set+json",
                      statement_jwks(r->arena, casework_of(r)->statements));
}
