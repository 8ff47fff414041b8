/*
 * What arrives on a FastCGI connection, through libfcgi and dispatch to handlers and back.
 *   byte 1: bit 0 clear: the rest is written to the connection as it is, cut to seven bits:
 *                        libfcgi allocates whatever a length of four bytes asks for and gives up
 *                        without memory, which is why the front asks who the peer is
 *           bit 0 set:   lines "NAME=VALUE" up to an empty one are parameters, the rest is the body
 */

#include "fuzz/fuzz.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/front.h"
#include "core/log.h"
#include "core/metrics.h"

enum {
    BEGIN_REQUEST = 1,
    PARAMS_RECORD = 4,
    STDIN_RECORD = 5,
    INPUT_MAX = 60 * 1024, /* fits into the socket's buffer, and each stream into one record */
};

struct order_input {
    const char *order_no;
    int64_t amount;
    struct texts ids;
};

static enum error answer_input(struct request *r)
{
    const struct order_input *in = r->input;

    return reply_text(r, 200, "text/plain", in->order_no == NULL ? "none" : in->order_no);
}

static enum error count_body(struct request *r)
{
    char buffer[100];
    long n, size = 0;

    while ((n = read_body(r, buffer, sizeof(buffer))) > 0)
        size += n;
    return reply_text(r, n < 0 ? 400 : 200, "text/plain", arena_printf(r->arena, "%ld", size));
}

static enum error show_body_size(struct request *r)
{
    return reply_text(r, 200, "text/plain", arena_printf(r->arena, "%zu", r->body.size));
}

static bool is_plain(const char *text)
{
    return strpbrk(text, "<>") == NULL;
}

static const struct param post_params[] = {
    PARAM(struct order_input, amount, .source = BODY, .min = 1, .max = 100),
    PARAM(struct order_input, ids, .source = BODY, .min = 1, .max = 3, .check = is_plain),
    PARAM_END,
};
static const struct param get_params[] = {
    PARAM(struct order_input, order_no, .source = PATH, .max = 30, .check = is_plain),
    PARAM(struct order_input, amount, .source = QUERY, .optional = true),
    PARAM_END,
};

static const struct route routes[] = {
    {POST, "/orders", ANYONE, answer_input, .needs_key = true,
     INPUT(struct order_input, post_params)},
    {GET, "/orders/{order_no}", ANYONE, answer_input, INPUT(struct order_input, get_params)},
    {POST, "/stream", ANYONE, count_body, .body = STREAM_BODY},
    {POST, "/module", MODULE, show_body_size, .door = MODULES, .callers = "shop"},
    ROUTE_END,
};
static const struct route fixed_routes[] = {
    {POST, "/notify/bank", ANYONE, show_body_size, .body = RAW_BODY, .door = GATEWAYS},
    ROUTE_END,
};

static const struct service shop = {
    .name = "shop", .routes = routes, .fixed_routes = fixed_routes, .no_database = true};
static struct process process = {.service = &shop};
static struct fastcgi *fastcgi;

/* libfcgi forgets 48 bytes for each management record of a type it does not know. Only nginx can
   send it one, and does not. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:libfcgi\n";
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    signal(SIGPIPE, SIG_IGN);
    process.metrics = metrics_open();
    process.config.request_ms = 10000;
    fastcgi = fastcgi_open(&process);
    return 0;
}

struct stream {
    unsigned char data[4 * INPUT_MAX];
    size_t size;
};

static void add(struct stream *stream, const void *data, size_t size)
{
    assert(size <= sizeof(stream->data) - stream->size);
    if (size > 0)
        memcpy(stream->data + stream->size, data, size);
    stream->size += size;
}

static void add_record(struct stream *stream, unsigned char type, const void *data, size_t size)
{
    const unsigned char head[8] = {1, type, 0, 1, (unsigned char)(size >> 8), (unsigned char)size};

    add(stream, head, sizeof(head));
    add(stream, data, size);
}

static void add_length(struct stream *stream, size_t size)
{
    const unsigned char bytes[4] = {(unsigned char)(size >> 24 | 0x80), (unsigned char)(size >> 16),
                                    (unsigned char)(size >> 8), (unsigned char)size};

    add(stream, bytes, sizeof(bytes));
}

static void add_param(struct stream *params, const char *line)
{
    size_t name_size = strcspn(line, "=");
    const char *value = line + name_size + (line[name_size] == '=');

    add_length(params, name_size);
    add_length(params, strlen(value));
    add(params, line, name_size);
    add(params, value, strlen(value));
}

/* A well-formed request of the given parameters and body, twice on one connection. */
static void make_request(struct stream *stream, struct fuzz_input *input)
{
    static const unsigned char begin[8] = {0, 1 /* responder */, 1 /* keep the connection */};
    static struct stream params;
    struct arena *arena = arena_open(1 << 20);
    const char *line;

    params.size = 0;
    while ((line = fuzz_line(arena, input)) != NULL && *line != '\0' && params.size < INPUT_MAX / 2)
        add_param(&params, line);
    add_param(&params, arena_printf(arena, "CONTENT_LENGTH=%zu", input->size));
    for (int i = 0; i < 2; i++) {
        add_record(stream, BEGIN_REQUEST, begin, sizeof(begin));
        add_record(stream, PARAMS_RECORD, params.data, params.size);
        add_record(stream, PARAMS_RECORD, NULL, 0);
        if (input->size > 0)
            add_record(stream, STDIN_RECORD, input->data, input->size);
        add_record(stream, STDIN_RECORD, NULL, 0);
    }
    arena_close(arena);
}

static void add_raw(struct stream *stream, struct fuzz_input *input)
{
    while (input->size > 0)
        stream->data[stream->size++] = fuzz_byte(input) & 0x7F;
}

/* Answers are thrown away as they come, so that the peer's buffer never fills. */
static void drain(int fd)
{
    char buffer[65536];

    while (recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT) > 0)
        continue;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct stream stream;
    struct fuzz_input input = {data, size > INPUT_MAX ? INPUT_MAX : size};
    int ends[2];

    stream.size = 0;
    if (fuzz_byte(&input) & 1)
        make_request(&stream, &input);
    else
        add_raw(&stream, &input);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        abort();
    if (send(ends[0], stream.data, stream.size, MSG_DONTWAIT) != (ssize_t)stream.size)
        abort();
    shutdown(ends[0], SHUT_WR);
    while (fastcgi_serve(fastcgi, ends[1], SERVE_KEPT))
        drain(ends[0]);
    close(ends[0]);
    return 0;
}
