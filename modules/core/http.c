/* The only file that knows libcurl. */

#include <assert.h>
#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>

#include "core/clock.h"
#include "core/db.h"
#include "core/http.h"
#include "core/log.h"
#include "core/metrics.h"
#include "core/outbound.h"
#include "core/process.h"

enum {
    ANSWER_MAX = 256 * 1024,
    HEADERS_MAX = 16 * 1024,
    IDLE_MAX_S =
        30, /* below what servers usually keep, so that a kept connection is rarely stale */
};

/* What a thread keeps between calls: the handle with its connections, and how the last call was
   counted, for http_blame. */
struct caller {
    CURL *easy;
    char upstream[24];
    bool good;
    int64_t forgiven;
};

struct growing {
    char *data;
    size_t size, capacity, max;
};

/* One call on its way. */
struct exchange {
    CURL *easy;
    const struct http_call *call;
    bool development;
    bool address_refused;
    struct growing headers, body;
    size_t handed_on; /* of the body, to call->take */
    char error[CURL_ERROR_SIZE];
};

static pthread_key_t caller_key;
static pthread_once_t caller_once = PTHREAD_ONCE_INIT;

static void close_caller(void *data)
{
    struct caller *caller = data;

    curl_easy_cleanup(caller->easy);
    free(caller);
}

static void open_library(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    /* curl leaves signals alone in threads, and OpenSSL writes to sockets whose peer has gone. */
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
        pthread_key_create(&caller_key, close_caller) != 0 ||
        sigaction(SIGPIPE, &ignore, NULL) != 0)
        abort();
}

static struct caller *thread_caller(void)
{
    struct caller *caller;

    pthread_once(&caller_once, open_library);
    caller = pthread_getspecific(caller_key);
    if (caller != NULL)
        return caller;
    caller = calloc(1, sizeof(*caller));
    if (caller == NULL || (caller->easy = curl_easy_init()) == NULL ||
        pthread_setspecific(caller_key, caller) != 0)
        abort();
    return caller;
}

static bool grow(struct growing *growing, const char *data, size_t size)
{
    if (size > growing->max - growing->size)
        return false;
    if (growing->size + size >= growing->capacity) {
        size_t capacity = 2 * growing->capacity + size + 1024;
        char *grown = realloc(growing->data, capacity);

        if (grown == NULL)
            return false;
        growing->data = grown;
        growing->capacity = capacity;
    }
    memcpy(growing->data + growing->size, data, size);
    growing->size += size;
    return true;
}

static bool is_success(CURL *easy)
{
    long status = 0;

    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    return status / 100 == 2;
}

static size_t answer_max(const struct http_call *call)
{
    return call->answer_max > 0 ? call->answer_max : ANSWER_MAX;
}

static bool hand_on(struct exchange *exchange, const char *data, size_t size)
{
    if (size > answer_max(exchange->call) - exchange->handed_on)
        return false;
    exchange->handed_on += size;
    return exchange->call->take(exchange->call->take_context,
                                (struct bytes){(const unsigned char *)data, size});
}

static size_t take_content(char *data, size_t one, size_t size, void *context)
{
    struct exchange *exchange = context;

    (void)one;
    if (exchange->call->take != NULL && is_success(exchange->easy))
        return hand_on(exchange, data, size) ? size : 0;
    return grow(&exchange->body, data, size) ? size : 0;
}

/* A status line begins the headers anew: 100 Continue and the like are not the answer. */
static size_t take_header(char *data, size_t one, size_t size, void *context)
{
    struct exchange *exchange = context;

    (void)one;
    if (size > 5 && memcmp(data, "HTTP/", 5) == 0)
        exchange->headers.size = 0;
    return grow(&exchange->headers, data, size) ? size : 0;
}

/* The address is checked where it is used, so no second look at DNS can change it. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *to)
{
    struct exchange *exchange = context;
    bool is_allowed = to->family == AF_UNIX ? exchange->call->unix_socket != NULL
                                            : exchange->development || outbound_address(&to->addr);

    (void)purpose;
    if (!is_allowed) {
        exchange->address_refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static bool was_sent(CURL *easy)
{
    long size = 0;

    curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &size);
    return size > 0;
}

/* curl sends again on a new connection when a kept one ends without an answer. That is right for a
   GET; anything else may have been carried out. */
static int before_sending(void *context, char *to, char *from, int to_port, int from_port)
{
    struct exchange *exchange = context;

    (void)to;
    (void)from;
    (void)to_port;
    (void)from_port;
    return was_sent(exchange->easy) && strcmp(exchange->call->method, "GET") != 0
               ? CURL_PREREQFUNC_ABORT
               : CURL_PREREQFUNC_OK;
}

static void release_url(void *url)
{
    curl_url_cleanup(url);
}

static void release_list(void *list)
{
    curl_slist_free_all(list);
}

static const char *url_part(struct request *r, CURLU *url, CURLUPart part)
{
    char *text = NULL;
    const char *kept = "";

    if (curl_url_get(url, part, &text, CURLU_DEFAULT_PORT) == CURLUE_OK)
        kept = arena_text(r->arena, text);
    curl_free(text);
    return kept;
}

/* The same parsed url is checked here and used by curl, so they cannot read it differently. */
static enum error parse_url(struct request *r, const struct http_call *call, CURLU **parsed)
{
    CURLU *url = curl_url();
    const char *scheme, *host, *port;

    if (url == NULL)
        abort();
    arena_defer(r->arena, release_url, url);
    if (curl_url_set(url, CURLUPART_URL, call->url, CURLU_DISALLOW_USER) != CURLUE_OK)
        return failed(r, E_INTERNAL, "%s: malformed url", call->upstream);
    scheme = url_part(r, url, CURLUPART_SCHEME);
    host = url_part(r, url, CURLUPART_HOST);
    port = url_part(r, url, CURLUPART_PORT);
    *parsed = url;
    if (call->unix_socket != NULL)
        return E_OK;
    if (strcmp(scheme, "https") != 0)
        return failed(r, E_INTERNAL, "%s: only https is spoken, not %s", call->upstream, scheme);
    if (!outbound_host(r->process->config.http_hosts, host, port))
        return failed(r, E_INTERNAL, "%s: HTTP_HOSTS does not name %s:%s", call->upstream, host,
                      port);
    return E_OK;
}

static enum error make_headers(struct request *r, const struct http_call *call,
                               struct curl_slist **list)
{
    /* Without an "Expect:" of ours curl would wait a second for servers that ignore it. Of what is
       signed curl would sign this line too, and not send it; S3 does not ignore an Expect. */
    struct curl_slist *made = call->sigv4 == NULL ? curl_slist_append(NULL, "Expect:") : NULL;

    if (made == NULL && call->sigv4 == NULL)
        abort();
    for (size_t i = 0; call->headers != NULL && call->headers[i] != NULL; i++) {
        struct curl_slist *longer = NULL;

        if (strpbrk(call->headers[i], "\r\n") == NULL)
            longer = curl_slist_append(made, call->headers[i]);
        if (longer == NULL) {
            curl_slist_free_all(made);
            return failed(r, E_INTERNAL, "%s: header %zu is malformed", call->upstream, i);
        }
        made = longer;
    }
    arena_defer(r->arena, release_list, made);
    *list = made;
    return E_OK;
}

static void set(CURLcode result)
{
    assert(result == CURLE_OK);
}

static void set_method(CURL *easy, const struct http_call *call)
{
    bool is_get = strcmp(call->method, "GET") == 0;

    if (strcmp(call->method, "HEAD") == 0) {
        set(curl_easy_setopt(easy, CURLOPT_NOBODY, 1L));
        return;
    }
    if (!is_get) {
        set(curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.size));
        set(curl_easy_setopt(easy, CURLOPT_POSTFIELDS,
                             call->body.size > 0 ? (const char *)call->body.data : ""));
    }
    if (!is_get && strcmp(call->method, "POST") != 0)
        set(curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, call->method));
}

/* No redirects, no proxy whatever the environment says, and no protocol but the one meant. */
static void set_reach(CURL *easy, const struct http_call *call, const struct config *config)
{
    bool is_local = call->unix_socket != NULL;

    set(curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, is_local ? "http" : "https"));
    set(curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L));
    set(curl_easy_setopt(easy, CURLOPT_PROXY, ""));
    set(curl_easy_setopt(easy, CURLOPT_NOPROXY, "*"));
    set(curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED));
    if (is_local) {
        set(curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, call->unix_socket));
        return;
    }
    /* A thread has one call at a time: there is nothing to multiplex, and HTTP/2 costs more. */
    set(curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1));
    set(curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2));
    /* Debian's default CApath would switch off the cache of parsed roots. */
    set(curl_easy_setopt(easy, CURLOPT_CAPATH, NULL));
    set(curl_easy_setopt(easy, CURLOPT_CAINFO, config->http_ca_file));
}

static void set_signature(CURL *easy, const struct http_call *call)
{
    if (call->sigv4 == NULL)
        return;
    set(curl_easy_setopt(easy, CURLOPT_AWS_SIGV4, call->sigv4));
    set(curl_easy_setopt(easy, CURLOPT_USERPWD, call->credentials));
}

static void set_exchange(CURL *easy, struct exchange *exchange)
{
    set(curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_content));
    set(curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange));
    set(curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header));
    set(curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange));
    set(curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket));
    set(curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, exchange));
    set(curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_sending));
    set(curl_easy_setopt(easy, CURLOPT_PREREQDATA, exchange));
    set(curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange->error));
}

static int64_t time_left(const struct request *r, const struct http_call *call)
{
    int64_t left = r->deadline_ms - monotonic_ms();

    return call->timeout_ms < left ? call->timeout_ms : left;
}

static enum error prepare(struct request *r, CURL *easy, struct exchange *exchange)
{
    const struct http_call *call = exchange->call;
    struct curl_slist *headers = NULL;
    CURLU *url = NULL;

    TRY(parse_url(r, call, &url));
    TRY(make_headers(r, call, &headers));
    if (call->unix_socket == NULL && *r->process->config.http_ca_file == '\0')
        return failed(r, E_INTERNAL, "%s: HTTP_CA_FILE is not set", call->upstream);
    set(curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L));
    set(curl_easy_setopt(easy, CURLOPT_CURLU, url));
    set(curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers));
    set(curl_easy_setopt(easy, CURLOPT_USERAGENT, "tongban"));
    set(curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)IDLE_MAX_S));
    set_method(easy, call);
    set_signature(easy, call);
    set_reach(easy, call, &r->process->config);
    set_exchange(easy, exchange);
    return E_OK;
}

static const char *fault_of(const struct exchange *exchange, CURLcode result)
{
    if (exchange->address_refused && !was_sent(exchange->easy))
        return "its address is not a public one";
    if (result == CURLE_WRITE_ERROR)
        return "the answer is too large";
    if (result == CURLE_ABORTED_BY_CALLBACK)
        return "the kept connection ended without an answer";
    return exchange->error[0] != '\0' ? exchange->error : curl_easy_strerror(result);
}

/* Counts the call, and remembers how it was counted. */
static void settle(struct request *r, struct caller *caller, const char *upstream, bool good,
                   int64_t started_ms)
{
    int64_t took_us = 1000 * (monotonic_ms() - started_ms);

    snprintf(caller->upstream, sizeof(caller->upstream), "%s", upstream);
    caller->good = good;
    caller->forgiven = breaker_result(r->process->metrics, r->process, upstream, good, took_us);
}

static enum error perform(struct request *r, struct caller *caller, struct exchange *exchange,
                          struct http_answer *answer)
{
    const struct http_call *call = exchange->call;
    int64_t started_ms = monotonic_ms(), left_ms = time_left(r, call);
    CURLcode result;
    long status = 0;

    if (left_ms <= 0)
        return failed(r, E_AGAIN, "%s: no time is left for a call", call->upstream);
    if (!breaker_allows(r->process->metrics, r->process, call->upstream))
        return failed(r, E_AGAIN, "%s: calls are held back after failures", call->upstream);
    set(curl_easy_setopt(caller->easy, CURLOPT_TIMEOUT_MS, (long)left_ms));
    result = curl_easy_perform(caller->easy);
    curl_easy_getinfo(caller->easy, CURLINFO_RESPONSE_CODE, &status);
    settle(r, caller, call->upstream, result == CURLE_OK && status != 429 && status < 500,
           started_ms);
    if (result != CURLE_OK) {
        enum error error = was_sent(caller->easy) ? E_UPSTREAM : E_AGAIN;

        log_info(r, "call_failed", "%s: %s: %s after %lld ms", call->upstream, error_name(error),
                 fault_of(exchange, result), (long long)(monotonic_ms() - started_ms));
        return failed(r, error, "%s: %s", call->upstream, fault_of(exchange, result));
    }
    answer->status = status;
    answer->headers = arena_text_of(r->arena, exchange->headers.data, exchange->headers.size);
    answer->body.data = (const unsigned char *)arena_text_of(
        r->arena, exchange->body.size > 0 ? exchange->body.data : "", exchange->body.size);
    answer->body.size = exchange->body.size;
    return E_OK;
}

enum error http_call(struct request *r, const struct http_call *call, struct http_answer *answer)
{
    struct caller *caller = thread_caller();
    struct exchange exchange = {
        .easy = caller->easy,
        .call = call,
        .development = r->process->config.development,
        .headers.max = HEADERS_MAX,
        .body.max = call->take != NULL ? ANSWER_MAX : answer_max(call),
    };
    enum error error;

    assert(!db_in_transaction(r));
    assert(call->timeout_ms > 0);
    error = prepare(r, caller->easy, &exchange);
    if (error == E_OK)
        error = perform(r, caller, &exchange, answer);
    /* Forgets all options, the pointers to this stack among them; connections, TLS sessions and
       parsed roots stay. */
    curl_easy_reset(caller->easy);
    free(exchange.headers.data);
    free(exchange.body.data);
    return error;
}

bool http_date(struct request *r, const struct http_answer *answer, const char *name,
               struct instant *at)
{
    const char *text = http_header(r, answer, name);
    time_t seconds = text != NULL ? curl_getdate(text, NULL) : -1;

    *at = (struct instant){seconds * SECOND_MS};
    return seconds >= 0;
}

void http_blame(struct request *r, const char *upstream)
{
    struct caller *caller = thread_caller();
    bool is_last = strcmp(caller->upstream, upstream) == 0;

    if (is_last && !caller->good)
        return; /* counted already */
    breaker_blame(r->process->metrics, r->process, upstream, is_last ? caller->forgiven : 0);
    if (is_last)
        caller->good = false;
}
