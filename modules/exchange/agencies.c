#include "exchange/agencies.h"
#include "exchange/exchange.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/process.h"
#include "exchange/batch.h"

enum { AGENCIES_MAX = 256, NAME_SIZE = 32, ARENA_LIMIT = 4 * 1024 * 1024, PEM_MAX = 16 * 1024 };

struct agencies {
    struct arena *arena; /* holds this struct, too */
    size_t count;
    struct {
        const char *name;
        struct key *key;
    } items[AGENCIES_MAX];
};

static bool is_agency_name(const char *text)
{
    size_t size = strlen(text);

    return size > 0 && size <= NAME_SIZE &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_") == size;
}

bool is_batch_id(const char *text)
{
    size_t size = strlen(text);

    return size > 0 && size <= 64 &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") ==
               size;
}

static enum error read_pem(struct agencies *agencies, const char *path, const char **pem)
{
    FILE *file = fopen(path, "r");
    char *text = arena_alloc(agencies->arena, PEM_MAX);
    size_t size = file == NULL ? 0 : fread(text, 1, PEM_MAX - 1, file);

    if (file != NULL)
        fclose(file);
    *pem = text;
    return size > 0 ? E_OK : E_REFUSED;
}

static enum error add_agency(struct process *process, struct agencies *agencies, const char *folder,
                             const char *file)
{
    const char *path = arena_printf(agencies->arena, "%s/%s", folder, file);
    const char *name = arena_text_of(agencies->arena, file, strlen(file) - strlen(".pem"));
    const char *pem;
    struct key *key = NULL;

    if (!is_agency_name(name) || agencies->count == AGENCIES_MAX)
        return process_failed(process, "AGENCY_KEYS: %s is not named after an agency", path);
    if (read_pem(agencies, path, &pem) == E_OK)
        key = key_public(pem);
    if (key == NULL)
        return process_failed(process, "AGENCY_KEYS: %s is not a public key", path);
    agencies->items[agencies->count].name = name;
    agencies->items[agencies->count++].key = key;
    if (key_bits(key) < 2048)
        return process_failed(process, "AGENCY_KEYS: %s has fewer than 2048 bits", path);
    return E_OK;
}

static enum error read_folder(struct process *process, struct agencies *agencies,
                              const char *folder)
{
    DIR *directory = opendir(folder);
    enum error error = E_OK;
    const struct dirent *entry;

    if (directory == NULL)
        return process_failed(process, "AGENCY_KEYS: %s: %s", folder, strerror(errno));
    while (error == E_OK && (entry = readdir(directory)) != NULL) {
        size_t size = strlen(entry->d_name);

        if (size > strlen(".pem") && strcmp(entry->d_name + size - strlen(".pem"), ".pem") == 0)
            error = add_agency(process, agencies, folder, entry->d_name);
    }
    closedir(directory);
    if (error == E_OK && agencies->count == 0)
        error = process_failed(process, "AGENCY_KEYS: %s holds no NAME.pem", folder);
    return error;
}

enum error agencies_open(struct process *process, const void *settings, void **state)
{
    const struct exchange_settings *own = settings;
    struct arena *arena = arena_open(ARENA_LIMIT);
    struct agencies *agencies = arena_alloc(arena, sizeof(*agencies));

    agencies->arena = arena;
    *state = agencies;
    if (process->vault == NULL)
        return process_failed(process, "setting DATA_KEYS_FILE is missing");
    if (mkdir(own->spool, 0700) != 0 && errno != EEXIST)
        return process_failed(process, "SPOOL: %s: %s", own->spool, strerror(errno));
    return read_folder(process, agencies, own->agency_keys);
}

void agencies_close(void *state)
{
    struct agencies *agencies = state;

    for (size_t i = 0; i < agencies->count; i++)
        key_close(agencies->items[i].key);
    arena_close(agencies->arena);
}

static const struct key *find_key(const struct request *r, const char *name)
{
    const struct agencies *agencies = r->state;

    for (size_t i = 0; i < agencies->count; i++)
        if (strcmp(agencies->items[i].name, name) == 0)
            return agencies->items[i].key;
    return NULL;
}

/* An unknown agency and a wrong signature look the same from outside. */
static enum error refuse_claim(struct request *r, const struct claim *claim, const char *why)
{
    log_info(r, "batch_refused", "%s: %s", claim->agency, why);
    return refuse(r, SIGNATURE_REFUSED, NO_VALUES);
}

static const char *need_header(struct request *r, const char *name, bool (*check)(const char *))
{
    const char *text = request_header(r, name);

    if (text == NULL)
        reason(r, FIELD_MISSING, VALUES(name));
    else if (!check(text))
        reason(r, FIELD_INVALID, VALUES(name));
    return text;
}

static bool is_signature(const char *text)
{
    return strlen(text) <= 1024;
}

static bool is_timestamp(const char *text)
{
    return strlen(text) == 13 && strspn(text, "0123456789") == 13;
}

enum error claim_read(struct request *r, struct claim *claim)
{
    enum error error;
    int64_t away;

    claim->agency = need_header(r, "Tongban-Agency", is_agency_name);
    claim->batch_id = need_header(r, "Tongban-Batch", is_batch_id);
    claim->timestamp = need_header(r, "Tongban-Timestamp", is_timestamp);
    claim->signature = need_header(r, "Tongban-Signature", is_signature);
    TRY(refused(r));
    away = strtoll(claim->timestamp, NULL, 10) - r->now.ms;
    if (away > 10 * MINUTE_MS || away < -10 * MINUTE_MS)
        return refuse(r, TIMESTAMP_REFUSED, VALUES(claim->timestamp, r->now));
    if (find_key(r, claim->agency) == NULL)
        return refuse_claim(r, claim, "no key");
    error = find_agency_types(r, claim->agency, &claim->types);
    return error == E_NOT_FOUND ? refuse_claim(r, claim, "not in the table of agencies") : error;
}

enum error claim_verify(struct request *r, const struct claim *claim, const char *method,
                        const unsigned char sha256_of_body[SHA256_SIZE])
{
    const char *hex = hex_encode(r->arena, (struct bytes){sha256_of_body, SHA256_SIZE});
    const char *message = arena_printf(r->arena, "%s\n%s\n%s\n%s\n%s\n%s\n", method, r->path,
                                       claim->agency, claim->batch_id, claim->timestamp, hex);

    if (!verify_rsa_sha256(find_key(r, claim->agency), bytes_of(message), claim->signature))
        return refuse_claim(r, claim, "wrong signature");
    r->actor_id = arena_text(r->arena, claim->agency);
    return E_OK;
}
