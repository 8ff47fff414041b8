/* Whether the vectors program would notice: each case is altered in each of its expected values.
   All that were altered of a suite are one suite, in which no case may pass. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <jansson.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/vectors_test_XXXXXX";
static char suite_path[64], keys_path[64], said_path[64];

static int open_folder(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(suite_path, sizeof(suite_path), "%s/suite.json", folder);
    snprintf(keys_path, sizeof(keys_path), "%s/keys", folder);
    snprintf(said_path, sizeof(said_path), "%s/said", folder);
    return symlink(VECTORS_DIR "/keys", keys_path);
}

static int close_folder(void **state)
{
    (void)state;
    unlink(suite_path);
    unlink(keys_path);
    unlink(said_path);
    return rmdir(folder);
}

/* Exit status of the program over the temporary folder, or over its own without an argument. */
static int run(const char *argument)
{
    int status = 0, said;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        said = open(said_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        dup2(said, STDOUT_FILENO);
        dup2(said, STDERR_FILENO);
        execl(VECTORS_PROGRAM, "vectors", argument, (char *)NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int run_suite(const json_t *suite)
{
    assert_int_equal(json_dump_file(suite, suite_path, 0), 0);
    return run(folder);
}

/* Another value of the same kind. */
static json_t *other_than(const json_t *value)
{
    char *text;
    json_t *other;

    if (json_is_array(value))
        return json_array_size(value) > 0 ? json_array() : json_pack("[s]", "x");
    if (json_is_boolean(value))
        return json_boolean(!json_is_true(value));
    if (json_is_integer(value))
        return json_integer(json_integer_value(value) + 1);
    if (json_string_length(value) == 0)
        return json_string("x");
    text = strdup(json_string_value(value));
    assert_non_null(text);
    text[strlen(text) / 2] = text[strlen(text) / 2] == 'A' ? 'B' : 'A';
    other = json_string(text); /* NULL when it cut a letter of several bytes in two */
    free(text);
    return other != NULL ? other : json_string("x");
}

static bool is_remark(const char *name)
{
    return strcmp(name, "why") == 0 || strcmp(name, "sdk_verdict") == 0;
}

static int changes; /* how many alterations were tried */

/* To the cases that are altered, under an id that says where. */
static void add_altered(json_t *cases, const json_t *one, const char *where)
{
    char id[160];
    json_t *copy = json_deep_copy(one);

    snprintf(id, sizeof(id), "%d %s", ++changes, where);
    json_object_set_new(copy, "id", json_string(id));
    json_array_append_new(cases, copy);
}

/* Alters one leaf after the other below `node`, and puts each back. */
static void alter_leaves(json_t *cases, const json_t *one, json_t *node, const char *where)
{
    char path[300];
    const char *name;
    json_t *value;
    void *next;

    json_object_foreach_safe(node, next, name, value)
    {
        json_t *original = json_incref(value);

        snprintf(path, sizeof(path), "%s.%s", where, name);
        if (json_is_object(value) && json_object_size(value) > 0) {
            alter_leaves(cases, one, value, path);
        } else if (!is_remark(name)) {
            json_object_set_new(node, name, other_than(value));
            add_altered(cases, one, path);
            json_object_set(node, name, original);
        }
        json_decref(original);
    }
}

/* What was signed or sealed must be whole to be accepted. */
static void alter_input(json_t *cases, const json_t *one, const char *where)
{
    static const char *const covered[] = {"body", "content", "encrypt", "encrypted_data"};
    const char *verdict =
        json_string_value(json_object_get(json_object_get(one, "out"), "verdict"));
    json_t *in = json_object_get(one, "in");

    if (verdict == NULL || strcmp(verdict, "accept") != 0)
        return;
    for (size_t i = 0; i < sizeof(covered) / sizeof(covered[0]); i++) {
        json_t *original = json_incref(json_object_get(in, covered[i]));

        if (json_string_length(original) > 0) {
            json_object_set_new(in, covered[i], other_than(original));
            add_altered(cases, one, where);
            json_object_set(in, covered[i], original);
        }
        json_decref(original);
    }
}

static void alter_case(json_t *cases, const json_t *original)
{
    json_t *one = json_deep_copy(original);
    const char *id = json_string_value(json_object_get(original, "id"));

    alter_leaves(cases, one, json_object_get(one, "out"), id);
    alter_input(cases, one, id);
    json_decref(one);
}

static char *read_said(void)
{
    enum { SAID_MAX = 1024 * 1024 };
    FILE *file = fopen(said_path, "re");
    char *text = calloc(1, SAID_MAX);

    assert_non_null(file);
    assert_non_null(text);
    assert_true(fread(text, 1, SAID_MAX, file) < SAID_MAX);
    fclose(file);
    return text;
}

/* Every one of them has to be named as failed. */
static void all_must_fail(const json_t *file, json_t *cases)
{
    const char *name = json_string_value(json_object_get(file, "suite"));
    json_t *suite = json_copy((json_t *)(uintptr_t)file), *one;
    char line[256], *said;
    size_t i;

    json_object_set(suite, "cases", cases);
    assert_int_equal(run_suite(suite), 1);
    said = read_said();
    json_array_foreach(cases, i, one)
    {
        snprintf(line, sizeof(line), "FAIL %s/%s:", name,
                 json_string_value(json_object_get(one, "id")));
        if (strstr(said, line) == NULL)
            fail_msg("unnoticed: %s", line);
    }
    free(said);
    json_decref(suite);
}

/* Only a suite that is not run passes in a format that nobody knows. */
static bool is_gap(const json_t *file)
{
    json_t *suite = json_copy((json_t *)(uintptr_t)file);
    bool passed;

    json_object_set_new(suite, "format", json_integer(2));
    passed = run_suite(suite) == 0;
    json_decref(suite);
    return passed;
}

static int is_json(const struct dirent *entry)
{
    size_t size = strlen(entry->d_name);

    return size > 5 && strcmp(entry->d_name + size - 5, ".json") == 0;
}

static void alter_file(const char *name, int *gaps)
{
    char path[600];
    json_t *cases = json_array();
    json_t *file, *one;
    size_t i;

    snprintf(path, sizeof(path), VECTORS_DIR "/%s", name);
    file = json_load_file(path, 0, NULL);
    assert_non_null(file);
    if (is_gap(file)) {
        ++*gaps;
    } else {
        json_array_foreach(json_object_get(file, "cases"), i, one) alter_case(cases, one);
        all_must_fail(file, cases);
    }
    json_decref(cases);
    json_decref(file);
}

static void every_altered_value_is_noticed(void **state)
{
    struct dirent **entries;
    int count = scandir(VECTORS_DIR, &entries, is_json, alphasort), gaps = 0;

    (void)state;
    assert_true(count > 20);
    for (int i = 0; i < count; i++) {
        alter_file(entries[i]->d_name, &gaps);
        free(entries[i]);
    }
    free(entries);
    assert_true(gaps < count / 2);
    assert_true(changes > 300);
}

static json_t *suite_with(const char *name, int format, json_t *cases)
{
    return json_pack("{s:s, s:i, s:o}", "suite", name, "format", format, "cases", cases);
}

static json_t *hash_case(const char *member)
{
    return json_pack("[{s:s, s:{s:s, s:s, s:s}, s:{s:s}}]", "id", "one", "in", "cert_type",
                     "IDENTITY_CARD", "cert_name", "张三", "cert_no", "310101199801011234", "out",
                     member, "3c241f7ff324977aeb91f173bb2a7b06569e6fd784d5573db34a636d8671108b");
}

static int run_and_drop(json_t *suite)
{
    int status = run_suite(suite);

    json_decref(suite);
    return status;
}

static void what_is_not_understood_fails(void **state)
{
    (void)state;
    assert_int_equal(run_and_drop(suite_with("miniprogram-face-hash", 1, hash_case("cert_hash"))),
                     0);
    assert_int_equal(run_and_drop(suite_with("miniprogram-face-hush", 1, hash_case("cert_hash"))),
                     1);
    assert_int_equal(run_and_drop(suite_with("miniprogram-face-hash", 2, hash_case("cert_hash"))),
                     1);
    assert_int_equal(run_and_drop(suite_with("miniprogram-face-hash", 1, hash_case("cert_hush"))),
                     1);
    assert_int_equal(run_and_drop(suite_with("miniprogram-face-hash", 1, json_array())), 1);
    assert_int_equal(run_and_drop(json_pack("{s:s}", "suite", "miniprogram-face-hash")), 1);
    assert_int_equal(run_and_drop(json_pack("[s]", "x")), 1);
}

static void a_folder_without_vectors_fails(void **state)
{
    (void)state;
    unlink(suite_path);
    assert_int_equal(run(folder), 1);
    assert_int_equal(run("/nonexistent"), 1);
}

static void the_own_vectors_pass(void **state)
{
    (void)state;
    assert_int_equal(run(NULL), 0);
    assert_int_equal(run(VECTORS_DIR), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_own_vectors_pass),
        cmocka_unit_test(what_is_not_understood_fails),
        cmocka_unit_test(a_folder_without_vectors_fails),
        cmocka_unit_test(every_altered_value_is_noticed),
    };

    return cmocka_run_group_tests(tests, open_folder, close_folder);
}
