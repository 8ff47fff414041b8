/*
 * Runs the gateways' test vectors: vectors [FOLDER ...]
 *
 * Every member of a case's `out` must be made by our code, byte for byte, save what only tells
 * about other implementations. A suite that nothing here knows fails, unless it is a known gap.
 */

#include "vectors.h"

#include <dirent.h>

struct gap {
    const char *suite;
    const char *reason;
};

#define LATER                                                                                      \
    "belongs to the complete set of payment channels, which this platform does not have yet"

static const struct gap gaps[] = {
    {"wechatpay-sm4-resource", "OpenSSL 3.0 has no SM4 in GCM mode, and none is written by hand"},
    {"wechatpay-v2-sign", "signing for APIv2 " LATER},
    {NULL, NULL},
};

/* What `out` says about others, or to the reader. */
static const char *const remarks[] = {"why", "sdk_verdict", "sn_disputed", NULL};

struct tally {
    int passed, failed, gaps;
};

const char *text_or_null(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

const char *in_text(const struct vector *vector, const char *name)
{
    const char *text = text_or_null(vector->in, name);

    return text != NULL ? text : "";
}

struct bytes in_bytes(const struct vector *vector, const char *name)
{
    const json_t *text = json_object_get(vector->in, name);

    return (struct bytes){(const unsigned char *)in_text(vector, name), json_string_length(text)};
}

struct instant in_instant(const struct vector *vector, const char *name)
{
    return (struct instant){json_integer_value(json_object_get(vector->in, name)) * 1000};
}

static void end_with(const char *what, const char *which)
{
    fprintf(stderr, "vectors: %s: %s\n", which, what);
    exit(2);
}

const char *vector_file(const struct vector *vector, const char *path)
{
    const size_t max = (size_t)64 * 1024;
    char *text = arena_alloc(vector->arena, max);
    const char *full;
    FILE *file;

    if (path == NULL)
        end_with("names no such file", vector->folder);
    full = arena_printf(vector->arena, "%s/%s", vector->folder, path);
    file = fopen(full, "r");
    if (file == NULL || fread(text, 1, max - 1, file) == 0)
        end_with("cannot be read", full);
    fclose(file);
    return text;
}

static void drop_key(void *key)
{
    key_close(key);
}

static struct key *kept(const struct vector *vector, struct key *key, const char *path)
{
    if (key == NULL)
        end_with("is no key", path);
    arena_defer(vector->arena, drop_key, key);
    return key;
}

static const char *key_path(const struct vector *vector, const char *name)
{
    return text_or_null(json_object_get(vector->suite, "keys"), name);
}

struct key *suite_private_key(const struct vector *vector, const char *name)
{
    const char *path = key_path(vector, name);

    return kept(vector, key_private(vector_file(vector, path)), path);
}

struct key *suite_public_key(const struct vector *vector, const char *name)
{
    return file_public_key(vector, key_path(vector, name));
}

struct key *file_public_key(const struct vector *vector, const char *path)
{
    return kept(vector, key_public(vector_file(vector, path)), path);
}

json_t *json_of_bytes(struct bytes data)
{
    return data.data != NULL ? json_stringn_nocheck((const char *)data.data, data.size)
                             : json_null();
}

json_t *json_of_text(const char *text)
{
    return text != NULL ? json_string_nocheck(text) : json_null();
}

static bool is_remark(const char *name)
{
    for (size_t i = 0; remarks[i] != NULL; i++)
        if (strcmp(remarks[i], name) == 0)
            return true;
    return false;
}

/* "either": implementations in the field differ, anything but a crash is fine. */
static bool is_met(const char *name, const json_t *wanted, const json_t *made)
{
    if (strcmp(name, "verdict") == 0 && json_is_string(wanted) &&
        strcmp(json_string_value(wanted), "either") == 0)
        return true;
    return made != NULL && json_equal(wanted, made);
}

static void show(const char *label, const json_t *value)
{
    char *text = value != NULL ? json_dumps(value, JSON_ENCODE_ANY) : NULL;

    printf("    %s %s\n", label, text != NULL ? text : "(nothing)");
    free(text);
}

static bool is_as_wanted(const char *where, const json_t *out, const json_t *made)
{
    const char *name;
    json_t *wanted;
    bool good = json_object_size(out) > 0;

    json_object_foreach((json_t *)(uintptr_t)out, name, wanted)
    {
        if (is_remark(name) || is_met(name, wanted, json_object_get(made, name)))
            continue;
        printf("FAIL %s: %s\n", where, name);
        show("wanted", wanted);
        show("made  ", json_object_get(made, name));
        good = false;
    }
    return good;
}

static bool run_one(vector_run *run, struct vector vector, const json_t *item, const char *where)
{
    json_t *made;
    bool good;

    vector.in = json_object_get(item, "in");
    vector.out = json_object_get(item, "out");
    vector.arena = arena_open((size_t)8 * 1024 * 1024);
    made = run(&vector);
    good = is_as_wanted(where, vector.out, made);
    json_decref(made);
    arena_close(vector.arena);
    return good;
}

static void run_case(const struct vector_suite *suite, const struct vector *vector,
                     const json_t *item, struct tally *tally)
{
    const json_t *response = json_object_get(item, "response");
    const char *id = text_or_null(item, "id");
    char where[200];
    bool good;

    snprintf(where, sizeof(where), "%s/%s", suite->name, id != NULL ? id : "(no id)");
    good = run_one(suite->run, *vector, item, where);
    if (response != NULL && suite->run_response != NULL)
        good = run_one(suite->run_response, *vector, response, where) && good;
    if (good)
        tally->passed++;
    else
        tally->failed++;
}

static const struct vector_suite *find_suite(const char *name)
{
    const struct vector_suite *const families[] = {
        wechatpay_suites, alipay_suites, miniprogram_suites, unionpay_suites, bill_suites};

    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
        for (const struct vector_suite *suite = families[i]; suite->name != NULL; suite++)
            if (strcmp(suite->name, name) == 0)
                return suite;
    return NULL;
}

static const char *gap_reason(const char *name)
{
    for (const struct gap *gap = gaps; gap->suite != NULL; gap++)
        if (strcmp(gap->suite, name) == 0)
            return gap->reason;
    return NULL;
}

static void run_suite(const char *folder, const json_t *file, struct tally *tally)
{
    const char *name = text_or_null(file, "suite");
    const json_t *cases = json_object_get(file, "cases");
    const struct vector_suite *suite = name != NULL ? find_suite(name) : NULL;
    struct vector vector = {.folder = folder, .suite = file};

    if (suite == NULL && name != NULL && gap_reason(name) != NULL) {
        printf("gap  %s (%zu cases): %s\n", name, json_array_size(cases), gap_reason(name));
        tally->gaps += (int)json_array_size(cases);
        return;
    }
    if (suite == NULL || json_integer_value(json_object_get(file, "format")) != 1 ||
        json_array_size(cases) == 0) {
        printf("FAIL %s: an unknown suite, another format, or no cases\n",
               name != NULL ? name : "(no name)");
        tally->failed++;
        return;
    }
    for (size_t i = 0; i < json_array_size(cases); i++)
        run_case(suite, &vector, json_array_get(cases, i), tally);
}

static void run_file(const char *folder, const char *name, struct tally *tally)
{
    char path[4096];
    json_error_t fault;
    json_t *file;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = json_load_file(path, JSON_REJECT_DUPLICATES, &fault);
    if (file == NULL) {
        printf("FAIL %s: line %d: %s\n", path, fault.line, fault.text);
        tally->failed++;
        return;
    }
    run_suite(folder, file, tally);
    json_decref(file);
}

static int is_json(const struct dirent *entry)
{
    size_t size = strlen(entry->d_name);

    return size > 5 && strcmp(entry->d_name + size - 5, ".json") == 0;
}

static void run_folder(const char *folder, struct tally *tally)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_json, alphasort);

    if (count <= 0) {
        printf("FAIL %s: no vectors there\n", folder);
        tally->failed++;
        return;
    }
    for (int i = 0; i < count; i++) {
        run_file(folder, entries[i]->d_name, tally);
        free(entries[i]);
    }
    free(entries);
}

int main(int count, char **arguments)
{
    struct tally tally = {0};

    if (count == 2 && strcmp(arguments[1], "--help") == 0) {
        puts("vectors [FOLDER ...]: runs the gateways' test vectors, by default the project's own");
        return 0;
    }
    if (count < 2)
        run_folder(VECTORS_DIR, &tally);
    for (int i = 1; i < count; i++)
        run_folder(arguments[i], &tally);
    printf("%d passed, %d failed, %d known gaps\n", tally.passed, tally.failed, tally.gaps);
    return tally.failed == 0 ? 0 : 1;
}
