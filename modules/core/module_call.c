#include <assert.h>
#include <inttypes.h>

#include "core/clock.h"
#include "core/codec.h"
#include "core/module_keys.h"
#include "core/process.h"

enum { CALL_MS = 5000, SKEW_MS = 60 * 1000 };

static const char *make_mac(struct arena *arena, struct bytes key, const char *method,
                            const char *path, int64_t at_ms, struct bytes body)
{
    const char *text = arena_printf(arena, "%s\n%s\n%" PRId64 "\n%s", method, path, at_ms,
                                    sha256_hex(arena, body));
    unsigned char mac[SHA256_SIZE];

    hmac_sha256(key, bytes_of(text), mac);
    return hex_encode(arena, (struct bytes){mac, sizeof(mac)});
}

/* "exchange" of "/api/exchange/persons". */
static const char *callee_of(struct request *r, const char *path)
{
    static const char root[] = "/api/";
    size_t size;

    assert(strncmp(path, root, strlen(root)) == 0 && strpbrk(path, "?%") == NULL);
    path += strlen(root);
    size = strcspn(path, "/");
    assert(size > 0 && path[size] == '/');
    return arena_text_of(r->arena, path, size);
}

enum error module_call(struct request *r, const char *path, const char *json,
                       struct http_answer *answer)
{
    const struct config *config = &r->process->config;
    const char *callee = callee_of(r, path), *name = r->service->name;
    struct bytes body = bytes_of(json);
    int64_t at_ms = clock_now().ms; /* a long job's r->now may be older than a minute */
    const char *headers[3] = {"Content-Type: application/json"};

    if (r->process->module_key.data == NULL || *config->module_socket == '\0')
        return failed(r, E_INTERNAL, "%s: MODULE_KEY_FILE or MODULE_SOCKET is not set", callee);
    headers[1] =
        arena_printf(r->arena, "Tongban-Module: %s %" PRId64 " %s", name, at_ms,
                     make_mac(r->arena, r->process->module_key, "POST", path, at_ms, body));
    return http_call(r,
                     &(struct http_call){.upstream = callee,
                                         .method = "POST",
                                         .url = arena_printf(r->arena, "http://modules%s", path),
                                         .headers = headers,
                                         .body = body,
                                         .timeout_ms = CALL_MS,
                                         .unix_socket = config->module_socket},
                     answer);
}

/* The three words of the header; blanks are single. */
static bool split(struct request *r, const char *header, const char *words[3])
{
    for (size_t i = 0; i < 3; i++) {
        size_t size = strcspn(header, " ");

        if (size == 0 || header[size] != (i < 2 ? ' ' : '\0'))
            return false;
        words[i] = arena_text_of(r->arena, header, size);
        header += size + (i < 2);
    }
    return true;
}

const char *module_caller(struct request *r, const char *method, const char *path)
{
    const char *header = request_header(r, "Tongban-Module");
    const char *words[3], *wanted;
    struct bytes key;
    int64_t at_ms;

    if (header == NULL || strlen(header) > 160 || !split(r, header, words))
        return NULL;
    key = module_key_of(r->process->module_keys, words[0], strlen(words[0]));
    if (key.data == NULL || !read_number(words[1], &at_ms))
        return NULL;
    if (at_ms < r->now.ms - SKEW_MS || at_ms > r->now.ms + SKEW_MS)
        return NULL;
    wanted = make_mac(r->arena, key, method, path, at_ms, r->body);
    return bytes_equal(bytes_of(wanted), bytes_of(words[2])) ? words[0] : NULL;
}
