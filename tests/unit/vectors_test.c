/* Whether the vectors program would notice: each case is altered in each of its expected values. */

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
static char suite_path[64], keys_path[64];

static int open_folder(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(suite_path, sizeof(suite_path), "%s/suite.json", folder);
    snprintf(keys_path, sizeof(keys_path), "%s/keys", folder);
    return symlink(VECTORS_DIR "/keys", keys_path);
}

static int close_folder(void **state)
{
    (void)state;
    unlink(suite_path);
    unlink(keys_path);
    return rmdir(folder);
}

/* Exit status of the program over the temporary folder, or over its own without an argument. */
static int run(const char *argument)
{
    int status = 0, quiet;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        quiet = open("/dev/null", O_WRONLY);
        dup2(quiet, STDOUT_FILENO);
        dup2(quiet, STDERR_FILENO);
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
static json_t *altered(const json_t *value)
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

static void must_fail(const json_t *suite, const char *where)
{
    changes++;
    if (run_suite(suite) != 1)
        fail_msg("unnoticed: %s", where);
}

/* Alters one leaf after the other below `node`, and puts each back. */
static void alter_leaves(const json_t *suite, json_t *node, const char *where)
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
            alter_leaves(suite, value, path);
        } else if (!is_remark(name)) {
            json_object_set_new(node, name, altered(value));
            must_fail(suite, path);
            json_object_set(node, name, original);
        }
        json_decref(original);
    }
}

/* What was signed or sealed must be whole to be accepted. */
static void alter_input(const json_t *suite, json_t *one, const char *where)
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
            json_object_set_new(in, covered[i], altered(original));
            must_fail(suite, where);
            json_object_set(in, covered[i], original);
        }
        json_decref(original);
    }
}

/* A suite with one case alone, so that a run takes milliseconds. */
static void alter_case(const json_t *file, const json_t *one, const char *name)
{
    json_t *suite = json_copy((json_t *)(uintptr_t)file);
    json_t *copy = json_deep_copy(one);
    char where[200];

    json_object_set_new(suite, "cases", json_pack("[o]", copy));
    snprintf(where, sizeof(where), "%s/%s", name, json_string_value(json_object_get(copy, "id")));
    assert_int_equal(run_suite(suite), 0);
    alter_leaves(suite, json_object_get(copy, "out"), where);
    alter_input(suite, copy, where);
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
    json_t *file, *one;
    size_t i;

    snprintf(path, sizeof(path), VECTORS_DIR "/%s", name);
    file = json_load_file(path, 0, NULL);
    assert_non_null(file);
    if (is_gap(file))
        ++*gaps;
    else
        json_array_foreach(json_object_get(file, "cases"), i, one) alter_case(file, one, name);
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
