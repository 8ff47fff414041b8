#include "service/exchange_stage.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/crypto.h"
#include "core/db.h"
#include "core/job.h"
#include "core/json_read.h"
#include "core/metrics.h"
#include "core/transport.h"
#include "exchange/batch.h"

struct exchange_stage test;

enum { AGENCY, BATCH, TIMESTAMP, SIGNATURE, MODULE_HEADER };

/* ---- asking ---- */

static const char *param(const struct transport *transport, const char *name)
{
    static const char *const names[] = {[AGENCY] = "HTTP_TONGBAN_AGENCY",
                                        [BATCH] = "HTTP_TONGBAN_BATCH",
                                        [TIMESTAMP] = "HTTP_TONGBAN_TIMESTAMP",
                                        [SIGNATURE] = "HTTP_TONGBAN_SIGNATURE",
                                        [MODULE_HEADER] = "HTTP_TONGBAN_MODULE"};

    (void)transport;
    if (strcmp(name, "DOOR") == 0)
        return test.door;
    if (strcmp(name, "CONTENT_LENGTH") == 0)
        return arena_printf(test.arena, "%" PRId64, test.length);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (strcmp(name, names[i]) == 0)
            return test.headers[i];
    return NULL;
}

/* In small pieces, as a socket gives them. */
static long read_content(const struct transport *transport, void *buffer, size_t size)
{
    (void)transport;
    if (test.failing_at != NONE && ftell(test.body) >= test.failing_at)
        return -1;
    return test.body == NULL ? 0 : (long)fread(buffer, 1, size < 5000 ? size : 5000, test.body);
}

static const struct transport transport = {.param = param, .read = read_content};

static int ask(const char *method, const char *path, const char *query)
{
    request_reset(test.r);
    test.r->id = "test";
    test.r->address = "127.0.0.1";
    test.r->transport = &transport;
    dispatch(test.r, method, path, query);
    return test.r->http_status;
}

static void hash_body(unsigned char digest[SHA256_SIZE])
{
    struct digest_stream *stream = digest_begin(DIGEST_SHA256);
    unsigned char buffer[4096];
    size_t n;

    while (test.body != NULL && (n = fread(buffer, 1, sizeof(buffer), test.body)) > 0)
        digest_add(stream, (struct bytes){buffer, n});
    if (test.body != NULL)
        rewind(test.body);
    digest_end(stream, digest);
}

static const struct key *key_of(const char *agency)
{
    if (strcmp(agency, "traffic") == 0)
        return test.traffic;
    if (strcmp(agency, "insurer") == 0)
        return test.insurer;
    if (strcmp(agency, "pound") == 0)
        return test.pound;
    return strcmp(agency, "market") == 0 ? test.market : test.vehicle;
}

static int send_as_agency(const struct sent *sent, const char *method, const char *path)
{
    const struct key *key = sent->key;
    unsigned char digest[SHA256_SIZE];
    const char *message;

    hash_body(digest);
    if (key == NULL)
        key = key_of(sent->agency);
    test.headers[AGENCY] = sent->agency;
    test.headers[BATCH] = sent->batch;
    test.headers[TIMESTAMP] = sent->timestamp != NULL
                                  ? sent->timestamp
                                  : arena_printf(test.arena, "%" PRId64, clock_now().ms);
    message = arena_printf(test.arena, "%s\n%s\n%s\n%s\n%s\n%s\n", method, path, sent->agency,
                           sent->batch, test.headers[TIMESTAMP],
                           hex_encode(test.arena, (struct bytes){digest, SHA256_SIZE}));
    test.headers[SIGNATURE] = sent->signature != NULL
                                  ? sent->signature
                                  : sign_rsa_sha256(test.arena, key, bytes_of(message));
    test.door = sent->door != NULL ? sent->door : "gateways";
    return ask(method, path, sent->query);
}

static void close_body(void)
{
    if (test.body != NULL)
        fclose(test.body);
    test.body = NULL;
}

int push_sent(const struct sent *sent)
{
    int status;

    test.length = (int64_t)strlen(sent->body);
    test.body = tmpfile();
    assert_non_null(test.body);
    assert_int_equal(fwrite(sent->body, 1, strlen(sent->body), test.body), strlen(sent->body));
    rewind(test.body);
    if (sent->length != 0)
        test.length = sent->length;
    status = send_as_agency(sent, "POST", BATCHES);
    close_body();
    return status;
}

int push(const char *agency, const char *batch, const char *body)
{
    return push_sent(&(struct sent){.agency = agency, .batch = batch, .body = body});
}

int push_file(const char *agency, const char *batch, const char *path)
{
    int status;

    test.body = fopen(path, "r");
    assert_non_null(test.body);
    assert_int_equal(fseek(test.body, 0, SEEK_END), 0);
    test.length = ftell(test.body);
    rewind(test.body);
    status = send_as_agency(&(struct sent){.agency = agency, .batch = batch}, "POST", BATCHES);
    close_body();
    return status;
}

int ask_report(const struct sent *sent)
{
    const char *path =
        sent->path != NULL ? sent->path : arena_printf(test.arena, BATCHES "/%s", sent->batch);

    test.length = 0;
    return send_as_agency(sent, "GET", path);
}

static const char *module_header(const char *caller, const char *body)
{
    unsigned char mac[SHA256_SIZE];
    int64_t at_ms = clock_now().ms;
    const char *text = arena_printf(test.arena, "POST\n" PERSONS "\n%" PRId64 "\n%s", at_ms,
                                    sha256_hex(test.arena, bytes_of(body)));

    hmac_sha256(test.identity_key, bytes_of(text), mac);
    return arena_printf(test.arena, "%s %" PRId64 " %s", caller, at_ms,
                        hex_encode(test.arena, (struct bytes){mac, SHA256_SIZE}));
}

int ask_person(const char *caller, const char *body)
{
    int status;

    test.headers[MODULE_HEADER] = caller == NULL ? NULL : module_header(caller, body);
    test.length = (int64_t)strlen(body);
    test.body = tmpfile();
    assert_non_null(test.body);
    assert_true(fputs(body, test.body) >= 0);
    rewind(test.body);
    test.door = "modules";
    status = ask("POST", PERSONS, NULL);
    close_body();
    return status;
}

/* ---- what was answered ---- */

static const struct json_t *answer(void)
{
    return read_json(test.arena,
                     (struct bytes){(const unsigned char *)test.r->answer, test.r->answer_size});
}

const char *said(const char *member)
{
    return json_text_at(answer(), member);
}

int64_t said_number(const char *member)
{
    return json_number_at(answer(), member);
}

bool said_word(const char *word)
{
    return strstr(test.r->answer, word) != NULL;
}

void assert_refused(int status, const char *code)
{
    assert_int_equal(test.r->http_status, status);
    assert_string_equal(said("error.code"), code);
}

void assert_counts(int64_t good, int64_t known, int64_t bad)
{
    assert_string_equal(said("state"), "done");
    assert_int_equal(said_number("lines_good"), good);
    assert_int_equal(said_number("lines_known"), known);
    assert_int_equal(said_number("lines_bad"), bad);
    assert_int_equal(said_number("lines_total"), good + bad);
}

const char *codes_of(int64_t line)
{
    const struct json_t *fault, *reason;
    const char *codes = "";

    for (size_t i = 0; (fault = json_item_at(answer(), "faults", i)) != NULL; i++) {
        if (json_number_at(fault, "line") != line)
            continue;
        for (size_t j = 0; (reason = json_item_at(fault, "reasons", j)) != NULL; j++)
            codes = arena_printf(test.arena, "%s%s%s", codes, j > 0 ? " " : "",
                                 json_text_at(reason, "code"));
    }
    return codes;
}

/* ---- behind the scene ---- */

static enum error find_one(const char *sql, const struct field *fields, size_t size, void *row,
                           const char *value)
{
    struct statement *statement = arena_alloc(test.kept, sizeof(*statement));
    struct request *r = request_open(&test.admin);
    enum error error;

    *statement = (struct statement){.sql = sql, .columns = fields, .row_size = size};
    error = db_one(r, statement, row, VALUES(value));
    if (error == E_OK && fields->kind == KIND_TEXT)
        *(const char **)row = arena_text(test.arena, *(const char **)row);
    request_close(r);
    return error;
}

int64_t count_rows(const char *sql, const char *value)
{
    static const struct field fields[] = {{.name = "n", .kind = KIND_NUMBER}, FIELD_END};
    int64_t n = -1;

    assert_int_equal(find_one(sql, fields, sizeof(n), &n, value), E_OK);
    return n;
}

const char *find_text(const char *sql, const char *value)
{
    static const struct field fields[] = {{.name = "text", .kind = KIND_TEXT}, FIELD_END};
    const char *text = NULL;

    assert_int_equal(find_one(sql, fields, sizeof(text), &text, value), E_OK);
    return text;
}

int64_t spool_files(void)
{
    DIR *folder = opendir(getenv("SPOOL"));
    const struct dirent *entry;
    int64_t count = 0;

    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL)
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

const char *batch_row(const char *batch)
{
    return find_text("SELECT id AS text FROM agency_batch WHERE batch_id = ?", batch);
}

void apply_all(struct process *process, const char *id)
{
    bool done = false;

    while (!done)
        assert_int_equal(apply_chunk(process, id, &done), E_OK);
}

void run_until_done(const char *agency, const char *batch)
{
    int64_t until_ms = monotonic_ms() + 120 * SECOND_MS;
    const struct sent sent = {.agency = agency, .batch = batch};

    if (test.is_rehearsing)
        apply_all(&test.process, batch_row(batch));
    for (;;) {
        jobs_tidy(&test.process);
        if (test.is_rehearsing || !jobs_run_due(&test.process))
            nanosleep(&(struct timespec){0, 20 * 1000 * 1000}, NULL); /* a lease has to lapse */
        ask_report(&sent);
        if (strcmp(said("state"), "done") == 0)
            return;
        assert_true(monotonic_ms() < until_ms);
    }
}

bool open_process(struct process *process)
{
    if (process_open(process, &service, metrics_open()) != E_OK)
        return false;
    db_rehearse(process, test.is_rehearsing);
    return true;
}

static void close_process(void)
{
    struct metrics *metrics = test.process.metrics;

    request_close(test.r);
    process_close(&test.process);
    metrics_close(metrics);
}

void restart(void)
{
    close_process();
    assert_true(open_process(&test.process));
    test.r = request_open(&test.process);
}

/* ---- before and after ---- */

static struct key *read_agency_key(const char *name)
{
    size_t size;
    char *pem = secret_read(arena_printf(test.arena, "%s/agency/%s.key", getenv("TEST_KEYS"), name),
                            8192, &size);
    struct key *key = pem == NULL ? NULL : key_private(pem);

    if (pem != NULL)
        secret_forget(pem, size);
    return key;
}

/* Who runs the tests is the database's administrator, known by the peer of the socket. */
static bool open_admin(void)
{
    static const struct service nothing = {.name = "exchange"};
    const char *user = getenv("DB_USER");
    bool done;

    setenv("DB_USER", getpwuid(getuid())->pw_name, 1);
    done = process_open(&test.admin, &nothing, NULL) == E_OK;
    setenv("DB_USER", user != NULL && done ? "exchange" : "", 1);
    return done;
}

/* The keys of the agencies that the table knows, and one of a guest that it does not. */
static void link_keys(const char *folder)
{
    static const char *const names[][2] = {{"traffic", "traffic"}, {"vehicle", "vehicle"},
                                           {"market", "market"},   {"carpark", "traffic"},
                                           {"insurer", "insurer"}, {"pound", "pound"},
                                           {"school", "vehicle"},  {"guest", "traffic"}};

    mkdir(folder, 0700);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        const char *key =
            arena_printf(test.arena, "%s/agency/%s.pem", getenv("TEST_KEYS"), names[i][1]);
        const char *name = arena_printf(test.arena, "%s/%s.pem", folder, names[i][0]);

        assert_true(symlink(key, name) == 0 || errno == EEXIST);
    }
    setenv("AGENCY_KEYS", folder, 1);
}

static int open_all(void)
{
    int64_t numbers = test.numbers;
    bool is_rehearsing = test.is_rehearsing;
    size_t size;
    char *secret;

    test = (struct exchange_stage){.numbers = numbers, .is_rehearsing = is_rehearsing};
    test.arena = arena_open((size_t)16 * 1024 * 1024);
    test.kept = arena_open((size_t)1024 * 1024);
    link_keys(arena_printf(test.arena, "%s/agency", getenv("TMPDIR")));
    setenv("SPOOL", arena_printf(test.arena, "%s/spool", getenv("TMPDIR")), 1);
    setenv("LEASE_S", "1", 1);
    setenv("LOG_LEVEL", "error", 1);
    test.traffic = read_agency_key("traffic");
    test.vehicle = read_agency_key("vehicle");
    test.market = read_agency_key("market");
    test.insurer = read_agency_key("insurer");
    test.pound = read_agency_key("pound");
    secret = secret_read(arena_printf(test.arena, "%s/module/identity.key", getenv("TEST_KEYS")),
                         4096, &size);
    if (test.traffic == NULL || test.vehicle == NULL || test.market == NULL ||
        test.insurer == NULL || test.pound == NULL || secret == NULL || !open_admin() ||
        !open_process(&test.process))
        return -1;
    test.identity_key = (struct bytes){(unsigned char *)secret, size};
    test.r = request_open(&test.process);
    return 0;
}

int open_plain(void **state)
{
    (void)state;
    test.is_rehearsing = false;
    return open_all();
}

int open_rehearsed(void **state)
{
    (void)state;
    test.is_rehearsing = true;
    return open_all();
}

int close_all(void **state)
{
    (void)state;
    close_process();
    process_close(&test.admin);
    key_close(test.traffic);
    key_close(test.vehicle);
    key_close(test.market);
    key_close(test.insurer);
    key_close(test.pound);
    secret_forget((char *)(uintptr_t)test.identity_key.data, test.identity_key.size);
    arena_close(test.arena);
    arena_close(test.kept);
    return 0;
}

int begin(void **state)
{
    (void)state;
    arena_reset(test.arena);
    memset(test.headers, 0, sizeof(test.headers));
    test.failing_at = NONE;
    return 0;
}
