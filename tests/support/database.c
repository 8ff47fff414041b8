#include <mysql.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "support/database.h"

#include <cmocka.h>

static MYSQL *administrator;

static const char *needed(const char *variable)
{
    const char *value = getenv(variable);

    if (value == NULL)
        fail_msg("%s is not set: run this by scripts/test or scripts/with-database", variable);
    return value;
}

/* NULL for both: who we are, known by the socket. */
static MYSQL *connect_as(const char *user, const char *password)
{
    MYSQL *mysql = mysql_init(NULL);

    assert_non_null(mysql);
    mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    if (mysql_real_connect(mysql, NULL, user, password, needed("DB_NAME"), 0, needed("DB_SOCKET"),
                           0) == NULL)
        fail_msg("%s: %s", user == NULL ? "administrator" : user, mysql_error(mysql));
    return mysql;
}

void database_open(void)
{
    administrator = connect_as(NULL, NULL);
}

void database_close(void)
{
    mysql_close(administrator);
    administrator = NULL;
}

static void __attribute__((format(printf, 2, 0)))
write_sql(char sql[4096], const char *format, va_list arguments)
{
    int size = vsnprintf(sql, 4096, format, arguments);

    assert_true(size > 0 && size < 4096);
}

static void must_run(const char *sql)
{
    if (mysql_query(administrator, sql) != 0)
        fail_msg("%s: %s", sql, mysql_error(administrator));
}

void database_run(const char *format, ...)
{
    char sql[4096];
    va_list arguments;

    va_start(arguments, format);
    write_sql(sql, format, arguments);
    va_end(arguments);
    must_run(sql);
}

static void read_only_value(const char *sql, char *buffer, size_t size)
{
    MYSQL_RES *result;
    MYSQL_ROW row;

    must_run(sql);
    result = mysql_store_result(administrator);
    assert_non_null(result);
    assert_int_equal(mysql_num_fields(result), 1);
    assert_true(mysql_num_rows(result) <= 1);
    row = mysql_fetch_row(result);
    snprintf(buffer, size, "%s", row == NULL || row[0] == NULL ? "" : row[0]);
    mysql_free_result(result);
}

int64_t database_number(const char *format, ...)
{
    char sql[4096], text[32], *end;
    va_list arguments;
    int64_t number;

    va_start(arguments, format);
    write_sql(sql, format, arguments);
    va_end(arguments);
    read_only_value(sql, text, sizeof(text));
    number = strtoll(text, &end, 10);
    assert_int_equal(*end, '\0');
    return number;
}

const char *database_text(char *buffer, size_t size, const char *format, ...)
{
    char sql[4096];
    va_list arguments;

    va_start(arguments, format);
    write_sql(sql, format, arguments);
    va_end(arguments);
    read_only_value(sql, buffer, size);
    return buffer;
}

static int64_t counter(const char *name)
{
    int64_t count = database_number("SELECT CAST(VARIABLE_VALUE AS SIGNED) FROM"
                                    " information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = '%s'",
                                    name);

    assert_true(count > 0); /* not every version counts under this name */
    return count;
}

int64_t database_rows_read(void)
{
    return counter("ROWS_READ");
}

int64_t database_pages_read(void)
{
    return counter("INNODB_BUFFER_POOL_READ_REQUESTS");
}

static void read_password(const char *user, char password[128])
{
    char path[512];
    FILE *file;

    snprintf(path, sizeof(path), "%s/db/%s.password", needed("TEST_KEYS"), user);
    file = fopen(path, "re");
    if (file == NULL || fgets(password, 128, file) == NULL)
        fail_msg("%s is not readable", path);
    else
        password[strcspn(password, "\n")] = '\0';
    if (file != NULL)
        fclose(file);
}

unsigned database_refuses(const char *user, const char *format, ...)
{
    char sql[4096], password[128] = "";
    va_list arguments;
    MYSQL *mysql;
    unsigned error;

    va_start(arguments, format);
    write_sql(sql, format, arguments);
    va_end(arguments);
    read_password(user, password);
    mysql = connect_as(user, password);
    mysql_query(mysql, sql);
    error = mysql_errno(mysql);
    mysql_free_result(mysql_use_result(mysql));
    mysql_close(mysql);
    return error;
}
