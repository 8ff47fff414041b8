#include "core/front.h"
#include "core/reply.h"
#include "core/transport.h"

#include <errno.h>
#include <fcgiapp.h>
#include <pthread.h>
#include <unistd.h>

enum { SKIP_SIZE = 16384, TAIL_SIZE = 32768, RECORD_SIZE = 8 };

struct fastcgi {
    FCGX_Request fcgx;
    struct request *request;
    struct transport transport;
};

static void init_library(void)
{
    if (FCGX_Init() != 0)
        abort();
}

/* nginx sends an empty parameter for a header that the client did not send. */
static const char *param(const struct transport *transport, const char *name)
{
    const FCGX_Request *fcgx = transport->context;
    const char *text = FCGX_GetParam(name, fcgx->envp);

    return text == NULL || *text == '\0' ? NULL : text;
}

static long read_some(const struct transport *transport, void *buffer, size_t size)
{
    const FCGX_Request *fcgx = transport->context;
    int count = FCGX_GetStr(buffer, size > INT32_MAX ? INT32_MAX : (int)size, fcgx->in);

    return count == 0 && FCGX_GetError(fcgx->in) != 0 ? -1 : count;
}

struct fastcgi *fastcgi_open(struct process *process)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct fastcgi *fastcgi = calloc(1, sizeof(*fastcgi));

    pthread_once(&once, init_library);
    /* With a listening socket libfcgi would accept by itself once nginx has closed a connection. */
    if (fastcgi == NULL || FCGX_InitRequest(&fastcgi->fcgx, -1, 0) != 0)
        abort();
    fastcgi->fcgx.ipcFd = -1;
    fastcgi->transport =
        (struct transport){.param = param, .read = read_some, .context = &fastcgi->fcgx};
    fastcgi->request = request_open(process);
    fastcgi->request->transport = &fastcgi->transport;
    return fastcgi;
}

void fastcgi_close(struct fastcgi *fastcgi)
{
    request_close(fastcgi->request);
    free(fastcgi);
}

static const char *phrase(int status)
{
    static const struct {
        int status;
        const char *text;
    } phrases[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {303, "See Other"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {409, "Conflict"},
        {413, "Content Too Large"},
        {500, "Internal Server Error"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
    };

    for (size_t i = 0; i < sizeof(phrases) / sizeof(*phrases); i++)
        if (phrases[i].status == status)
            return phrases[i].text;
    return status < 400 ? "Done" : status < 500 ? "Refused" : "Failed";
}

static const char *text_of(const char *text)
{
    return text == NULL ? "" : text;
}

static void run(struct fastcgi *fastcgi, enum serving serving)
{
    const struct transport *transport = &fastcgi->transport;
    struct request *r = fastcgi->request;

    request_reset(r);
    r->transport = transport;
    r->id = arena_text(r->arena, text_of(param(transport, "REQUEST_ID")));
    r->address = arena_text(r->arena, text_of(param(transport, "REMOTE_ADDR")));
    if (serving != SERVE_OVERLOADED) {
        dispatch(r, text_of(param(transport, "REQUEST_METHOD")),
                 text_of(param(transport, "DOCUMENT_URI")), param(transport, "QUERY_STRING"));
        return;
    }
    reply_header(r, "Retry-After", "1");
    reply_reasons(r, OVERLOADED);
}

/* What the handler left of the body would be taken for the next request. */
static void skip_body(FCGX_Request *fcgx)
{
    char skipped[SKIP_SIZE];

    while (FCGX_GetStr(skipped, sizeof(skipped), fcgx->in) > 0)
        continue;
}

/* A client that went away shows as an error of the stream, and FCGX_Finish_r closes. */
static void write_answer(FCGX_Request *fcgx, const struct request *r)
{
    const char *head =
        arena_printf(r->arena, "Status: %d %s\r\n%s%s%s%sContent-Length: %zu\r\n\r\n",
                     r->http_status, phrase(r->http_status),
                     r->content_type != NULL ? "Content-Type: " : "", text_of(r->content_type),
                     r->content_type != NULL ? "\r\n" : "", text_of(r->headers), r->answer_size);

    FCGX_PutStr(head, (int)strlen(head), fcgx->out);
    if (r->answer_size > 0)
        FCGX_PutStr(r->answer, (int)r->answer_size, fcgx->out);
}

static bool write_all(int fd, const unsigned char *data, size_t size)
{
    while (size > 0) {
        ssize_t count = write(fd, data, size);

        if (count <= 0)
            return false;
        data += count;
        size -= (size_t)count;
    }
    return true;
}

/*
 * nginx does not keep a connection on which more follows than the end of the answer. So the last
 * piece and a record that means nothing go out in one write: unlike with a connection closed after
 * its answer, there is no moment in which nginx may already have put a next request on it.
 */
static bool finish_last(FCGX_Request *fcgx, int fd)
{
    static const unsigned char surplus[RECORD_SIZE] = {1 /* version */, 11 /* unknown type */};
    unsigned char tail[TAIL_SIZE];
    ssize_t size;
    int ends[2];

    if (pipe(ends) != 0)
        return false;
    fcgx->ipcFd = ends[1];
    FCGX_Finish_r(fcgx);
    if (fcgx->ipcFd >= 0)
        close(ends[1]);
    fcgx->ipcFd = -1;
    size = read(ends[0], tail, sizeof(tail) - sizeof(surplus));
    close(ends[0]);
    if (size <= 0)
        return false;
    memcpy(tail + size, surplus, sizeof(surplus));
    return write_all(fd, tail, (size_t)size + sizeof(surplus));
}

bool fastcgi_serve(struct fastcgi *fastcgi, int fd, enum serving serving)
{
    FCGX_Request *fcgx = &fastcgi->fcgx;
    bool is_open;

    fcgx->ipcFd = fd;
    fcgx->keepConnection = 1; /* or FCGX_Accept_r would close it, to begin with */
    if (FCGX_Accept_r(fcgx) != 0)
        return false;
    run(fastcgi, serving);
    skip_body(fcgx);
    write_answer(fcgx, fastcgi->request);
    if (serving == SERVE_LAST && fcgx->keepConnection) {
        is_open = finish_last(fcgx, fd);
        if (!is_open)
            close(fd);
        return is_open;
    }
    FCGX_Finish_r(fcgx);
    is_open = fcgx->ipcFd >= 0;
    fcgx->ipcFd = -1;
    return is_open;
}
