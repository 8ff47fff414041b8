/* Files in a bucket of an S3-compatible service, addressed by path: BUCKET/MODULE/ab/cd/abcd..., so
   that modules, whose seals differ, may share a bucket. A put is whole or not at all. */

#include <stdio.h>

#include "casework/store_place.h"
#include "core/clock.h"
#include "core/crypto.h"
#include "core/http.h"

enum { CALL_MS = 8000, TRIAL_MS = 3000 };
enum { KEY_FILE_MAX = 512, ID_MAX = 128, SECRET_MAX = 255, CODE_MAX = 40 };

/* --- The key ------------------------------------------------------------------------------------
 */

struct credentials {
    char text[ID_MAX + SECRET_MAX + 2]; /* "ID:SECRET" */
};

static bool parse_key(const char *text, struct credentials *credentials)
{
    char id[ID_MAX + 1], secret[SECRET_MAX + 1], more[2];
    bool is_good = text != NULL && sscanf(text, "%128s %255s %1s", id, secret, more) == 2 &&
                   strchr(id, ':') == NULL;

    if (is_good)
        snprintf(credentials->text, sizeof(credentials->text), "%s:%s", id, secret);
    wipe(secret, sizeof(secret));
    return is_good;
}

/* Anew for every call: a key that was changed holds at once, and none stays in memory. */
static enum error read_key(struct request *r, const struct store_settings *settings,
                           struct credentials *credentials)
{
    size_t size = 0;
    char *text = secret_read(settings->s3_key_file, KEY_FILE_MAX, &size);
    bool is_good = parse_key(text, credentials);

    if (text != NULL)
        secret_forget(text, size);
    return is_good ? E_OK
                   : failed(r, E_UNAVAILABLE,
                            "STORE_S3_KEY_FILE %s: an access key id and its secret are wanted, a "
                            "line each",
                            settings->s3_key_file);
}

/* --- One call -----------------------------------------------------------------------------------
 */

struct call {
    const char *method, *object;
    struct bytes body;
    int64_t timeout_ms;
    struct arena *arena; /* where the content of the answer goes; NULL when there is none */
    struct bytes content;
};

/* Content as it comes; how much there will be is not known before its end. */
struct piece {
    struct piece *next;
    struct bytes bytes;
};

struct pieces {
    struct arena *arena;
    struct piece *first, **end;
    size_t size;
};

static bool take_piece(void *context, struct bytes bytes)
{
    struct pieces *pieces = context;
    struct piece *piece = arena_alloc(pieces->arena, sizeof(*piece));

    piece->bytes = (struct bytes){
        (const unsigned char *)arena_text_of(pieces->arena, (const char *)bytes.data, bytes.size),
        bytes.size};
    *pieces->end = piece;
    pieces->end = &piece->next;
    pieces->size += bytes.size;
    return true;
}

static struct bytes join(const struct pieces *pieces)
{
    unsigned char *data = arena_alloc(pieces->arena, pieces->size + 1), *end = data;

    for (const struct piece *piece = pieces->first; piece != NULL; piece = piece->next) {
        memcpy(end, piece->bytes.data, piece->bytes.size);
        end += piece->bytes.size;
    }
    return (struct bytes){data, pieces->size};
}

static enum error send_signed(struct request *r, const struct store_settings *settings,
                              struct http_call *wanted, struct http_answer *answer)
{
    struct credentials credentials;
    enum error error = read_key(r, settings, &credentials);

    if (error == E_OK) {
        wanted->credentials = credentials.text;
        error = http_call(r, wanted, answer);
    }
    wipe(&credentials, sizeof(credentials));
    /* What is put or dropped twice is put or dropped once, so it does not matter which it was. */
    return error == E_AGAIN || error == E_UPSTREAM ? E_UNAVAILABLE : error;
}

static enum error ask(struct request *r, const struct store_settings *settings, struct call *call,
                      struct http_answer *answer)
{
    const char *const headers[] = {
        "content-type: application/octet-stream",
        arena_printf(r->arena, "x-amz-content-sha256: %s", sha256_hex(r->arena, call->body)), NULL};
    struct pieces pieces = {.arena = call->arena, .end = &pieces.first};
    struct http_call wanted = {
        .upstream = "store",
        .method = call->method,
        .url = arena_printf(r->arena, "%s/%s/%s", settings->s3_url, r->service->name, call->object),
        .headers = headers,
        .body = call->body,
        .timeout_ms = call->timeout_ms,
        .sigv4 = arena_printf(r->arena, "aws:amz:%s:s3", settings->s3_region)};

    if (call->arena != NULL) {
        wanted.take = take_piece;
        wanted.take_context = &pieces;
        wanted.answer_max = STORE_SEALED_MAX;
    }
    TRY(send_signed(r, settings, &wanted, answer));
    if (call->arena != NULL)
        call->content = join(&pieces);
    return E_OK;
}

/* --- What was answered ---------------------------------------------------------------------------
 */

/* "NoSuchBucket" out of the XML of an error. */
static const char *code_of(struct request *r, const struct http_answer *answer)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    static const char tag[] = "<Code>";
    const char *at = strstr((const char *)answer->body.data, tag);
    size_t size;

    if (at == NULL)
        return "";
    at += strlen(tag);
    size = strspn(at, letters);
    return size <= CODE_MAX && at[size] == '<' ? arena_text_of(r->arena, at, size) : "";
}

static enum error judge(struct request *r, const struct store_settings *settings,
                        const struct call *call, const struct http_answer *answer)
{
    const char *code = code_of(r, answer);
    const char *why = "";

    if (answer->status / 100 == 2)
        return E_OK;
    if (strcmp(code, "NoSuchBucket") == 0)
        why = ": STORE_S3_URL names no bucket there";
    else if (answer->status == 404)
        return E_NOT_FOUND;
    else if (answer->status == 401 || answer->status == 403)
        why = ": STORE_S3_KEY_FILE does not fit, has no right to do it, or the clocks differ";
    else if (answer->status / 100 == 3 || strcmp(code, "AuthorizationHeaderMalformed") == 0)
        why = ": STORE_S3_URL or STORE_S3_REGION is another";
    return failed(r, E_UNAVAILABLE, "store: %s: %s of %s was answered with %lld%s%s%s",
                  settings->s3_url, call->method, call->object, (long long)answer->status,
                  *code == '\0' ? "" : " ", code, why);
}

static const char *object_of(struct request *r, const char *name)
{
    return arena_printf(r->arena, "%.2s/%.2s/%s", name, name + 2, name);
}

static enum error put_object(struct request *r, const struct store_settings *settings,
                             struct call call)
{
    struct http_answer answer;
    enum error error;

    call.method = "PUT";
    TRY(ask(r, settings, &call, &answer));
    error = judge(r, settings, &call, &answer);
    return error == E_NOT_FOUND
               ? failed(r, E_UNAVAILABLE, "store: %s: nothing can be put there", settings->s3_url)
               : error;
}

static enum error get_object(struct request *r, const struct store_settings *settings,
                             struct call *call)
{
    struct http_answer answer;

    call->method = "GET";
    TRY(ask(r, settings, call, &answer));
    return judge(r, settings, call, &answer);
}

static enum error delete_object(struct request *r, const struct store_settings *settings,
                                struct call call)
{
    struct http_answer answer;
    enum error error;

    call.method = "DELETE";
    TRY(ask(r, settings, &call, &answer));
    error = judge(r, settings, &call, &answer);
    return error == E_NOT_FOUND ? E_OK : error;
}

/* --- The place ----------------------------------------------------------------------------------
 */

static enum error put(struct request *r, const struct store_settings *settings, const char *name,
                      struct bytes bytes)
{
    return put_object(
        r, settings,
        (struct call){.object = object_of(r, name), .body = bytes, .timeout_ms = CALL_MS});
}

static enum error get(struct request *r, const struct store_settings *settings, const char *name,
                      struct arena *arena, struct bytes *bytes)
{
    struct call call = {.object = object_of(r, name), .timeout_ms = CALL_MS, .arena = arena};

    TRY(get_object(r, settings, &call));
    *bytes = call.content;
    return E_OK;
}

/* By the clock of the service alone, whatever ours says. What tells no time stays. */
static bool is_fresh(struct request *r, const struct http_answer *answer)
{
    struct instant put_at, now;

    return !http_date(r, answer, "Last-Modified", &put_at) || !http_date(r, answer, "Date", &now) ||
           now.ms - put_at.ms < STORE_FRESH_S * SECOND_MS;
}

static enum error drop(struct request *r, const struct store_settings *settings, const char *name)
{
    struct call call = {.method = "HEAD", .object = object_of(r, name), .timeout_ms = CALL_MS};
    struct http_answer answer;
    enum error found;

    TRY(ask(r, settings, &call, &answer));
    found = judge(r, settings, &call, &answer);
    if (found != E_OK)
        return found == E_NOT_FOUND ? E_OK : found;
    return is_fresh(r, &answer) ? E_OK : delete_object(r, settings, call);
}

/* https://HOST[:PORT]/BUCKET, in letters that are the same in a path and in what is signed. */
static bool is_bucket_url(const char *url)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789.-";
    const char *bucket = strncmp(url, "https://", 8) == 0 ? strchr(url + 8, '/') : NULL;

    return bucket != NULL && bucket > url + 8 && bucket[1] != '\0' &&
           bucket[1 + strspn(bucket + 1, letters)] == '\0';
}

static bool is_region(const char *region)
{
    return *region != '\0' &&
           region[strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

static enum error open_bucket(struct request *r, const struct store_settings *settings)
{
    struct credentials credentials;
    enum error error;

    if (!is_bucket_url(settings->s3_url))
        return failed(r, E_REFUSED, "STORE_S3_URL %s: not https://host[:port]/bucket",
                      settings->s3_url);
    if (!is_region(settings->s3_region))
        return failed(r, E_REFUSED, "STORE_S3_REGION %s: small letters, digits and - are wanted",
                      settings->s3_region);
    error = read_key(r, settings, &credentials);
    wipe(&credentials, sizeof(credentials));
    return error;
}

static enum error check(struct request *r, const struct store_settings *settings)
{
    struct call call = {
        .object = arena_printf(r->arena, "trial-%s", random_text(r->arena, 12)),
        .timeout_ms = TRIAL_MS,
    };
    const struct bytes said = bytes_of("x");
    struct call put_call = call;

    put_call.body = said;
    TRY(open_bucket(r, settings));
    TRY(put_object(r, settings, put_call));
    call.arena = r->arena;
    if (get_object(r, settings, &call) != E_OK || !bytes_equal(call.content, said))
        return failed(r, E_UNAVAILABLE, "store: %s: what was put there cannot be read: %s",
                      settings->s3_url, arena_text(r->arena, failure_text(r)));
    call.arena = NULL;
    return delete_object(r, settings, call);
}

const struct store_place store_s3 = {
    .put = put, .get = get, .drop = drop, .open = open_bucket, .check = check};
