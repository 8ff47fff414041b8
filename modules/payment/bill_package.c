#include "core/http.h"
#include "payment/bill_batch.h"
#include "payment/state.h"

enum { PIECE_SIZE = 65536 };

struct piece {
    struct piece *next;
    size_t size;
    unsigned char data[PIECE_SIZE];
};

static void close_arena(void *arena)
{
    arena_close(arena);
}

struct package *package_open(struct request *r)
{
    struct package *package = arena_alloc(r->arena, sizeof(*package));

    /* The pieces' heads and the chunks' rounding come on top of what is kept. */
    package->arena = arena_open((size_t)BILL_PACKED_MAX + (size_t)BILL_PACKED_MAX / 4);
    arena_defer(r->arena, close_arena, package->arena);
    return package;
}

bool package_keep(void *context, struct bytes bytes)
{
    struct package *package = context;

    if ((int64_t)bytes.size > BILL_PACKED_MAX - package->size)
        return false;
    package->size += (int64_t)bytes.size;
    while (bytes.size > 0) {
        struct piece *last = package->last;
        size_t room = last == NULL ? 0 : PIECE_SIZE - last->size;
        size_t size = bytes.size < room ? bytes.size : room;

        if (room == 0) {
            package->last = arena_alloc(package->arena, sizeof(struct piece));
            *(last == NULL ? &package->first : &last->next) = package->last;
            continue;
        }
        memcpy(last->data + last->size, bytes.data, size);
        last->size += size;
        bytes = (struct bytes){bytes.data + size, bytes.size - size};
    }
    return true;
}

struct bytes package_text(const struct package *package, struct arena *arena)
{
    char *text = arena_alloc(arena, (size_t)package->size + 1), *at = text;

    for (const struct piece *piece = package->first; piece != NULL; piece = piece->next) {
        memcpy(at, piece->data, piece->size);
        at += piece->size;
    }
    return (struct bytes){(const unsigned char *)text, (size_t)package->size};
}

enum error package_download(struct request *r, const char *upstream, const char *url,
                            const char *const *headers, struct package *package)
{
    struct http_answer received;

    TRY(http_call(r,
                  &(struct http_call){.upstream = upstream,
                                      .method = "GET",
                                      .url = url,
                                      .headers = headers,
                                      .timeout_ms = payment_settings(r)->bill_timeout_ms,
                                      .answer_max = (size_t)BILL_PACKED_MAX,
                                      .take = package_keep,
                                      .take_context = package},
                  &received));
    if (received.status == 200)
        return E_OK;
    return failed(r, E_UPSTREAM, "%s bill: status %lld", upstream, (long long)received.status);
}

static struct bytes next_piece(void *context)
{
    struct package *package = context;
    const struct piece *piece = package->at;

    if (piece == NULL)
        return (struct bytes){NULL, 0};
    package->at = piece->next;
    return (struct bytes){piece->data, piece->size};
}

struct bill_source package_source(struct package *package)
{
    package->at = package->first;
    return (struct bill_source){next_piece, package};
}
