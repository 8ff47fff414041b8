/* Values into statements, rows into structs. */

#include "core/clock.h"
#include "core/codec.h"
#include "core/connection.h"
#include "core/metrics.h"

enum { VALUES_MAX = 64, NUMBER_TRUNCATED = 0, NUMBER_LOST = 2013 };

/* One value on its way out: the client library wants addresses. */
struct parameter {
    MYSQL_TIME time;
    int64_t number;
    signed char boolean;
    my_bool is_null;
    unsigned long size;
};

static MYSQL_TIME time_of_day(struct day day, int64_t ms, enum enum_mysql_timestamp_type type)
{
    int64_t year, month, day_of_month;
    MYSQL_TIME time = {.time_type = type};

    day_parts(day, &year, &month, &day_of_month);
    time.year = (unsigned)year;
    time.month = (unsigned)month;
    time.day = (unsigned)day_of_month;
    time.hour = (unsigned)(ms / HOUR_MS);
    time.minute = (unsigned)(ms / MINUTE_MS % 60);
    time.second = (unsigned)(ms / SECOND_MS % 60);
    time.second_part = (unsigned long)(ms % SECOND_MS) * 1000;
    return time;
}

static MYSQL_TIME time_of(int64_t ms)
{
    int64_t days = ms / DAY_MS - (ms % DAY_MS < 0);

    return time_of_day((struct day){days}, ms - days * DAY_MS, MYSQL_TIMESTAMP_DATETIME);
}

static int64_t ms_of(const MYSQL_TIME *time)
{
    struct day day = day_of(time->year, time->month, time->day);

    return day.number * DAY_MS + (int64_t)time->hour * HOUR_MS + (int64_t)time->minute * MINUTE_MS +
           (int64_t)time->second * SECOND_MS + (int64_t)time->second_part / 1000;
}

static void bind_text(MYSQL_BIND *bind, struct parameter *parameter, const char *text)
{
    parameter->is_null = text == NULL;
    parameter->size = text == NULL ? 0 : strlen(text);
    bind->buffer_type = MYSQL_TYPE_STRING;
    bind->buffer = (void *)(uintptr_t)text;
    bind->buffer_length = parameter->size;
}

static void bind_bytes(MYSQL_BIND *bind, struct parameter *parameter, struct bytes bytes)
{
    parameter->is_null = bytes.data == NULL;
    parameter->size = bytes.size;
    bind->buffer_type = MYSQL_TYPE_BLOB;
    bind->buffer = (void *)(uintptr_t)bytes.data;
    bind->buffer_length = bytes.size;
}

static void bind_number(MYSQL_BIND *bind, struct parameter *parameter, const struct value *value)
{
    parameter->number = value->number;
    parameter->is_null = value->number == NONE;
    bind->buffer_type = MYSQL_TYPE_LONGLONG;
    bind->buffer = &parameter->number;
    if (parameter->is_null || (value->kind != KIND_INSTANT && value->kind != KIND_DAY))
        return;
    bind->buffer = &parameter->time;
    if (value->kind == KIND_INSTANT) {
        bind->buffer_type = MYSQL_TYPE_DATETIME;
        parameter->time = time_of(value->number);
    } else {
        bind->buffer_type = MYSQL_TYPE_DATE;
        parameter->time = time_of_day((struct day){value->number}, 0, MYSQL_TIMESTAMP_DATE);
    }
}

static void bind_value(MYSQL_BIND *bind, struct parameter *parameter, const struct value *value)
{
    switch (value->kind) {
    case KIND_BOOL:
        parameter->boolean = value->boolean;
        parameter->is_null = false; /* the prepared statement was used before */
        bind->buffer_type = MYSQL_TYPE_TINY;
        bind->buffer = &parameter->boolean;
        break;
    case KIND_NUMBER:
    case KIND_FEN:
    case KIND_INSTANT:
    case KIND_DAY:
        bind_number(bind, parameter, value);
        break;
    case KIND_BYTES:
        bind_bytes(bind, parameter, value->bytes);
        break;
    default:
        bind_text(bind, parameter, value->text);
    }
    bind->is_null = &parameter->is_null;
    bind->length = &parameter->size;
}

static const struct field *field_named(const struct field *fields, const char *name)
{
    for (size_t i = 0; fields != NULL && fields[i].name != NULL; i++)
        if (strcmp(fields[i].name, name) == 0)
            return &fields[i];
    return NULL;
}

static void bind_column(MYSQL_BIND *bind, struct column *column)
{
    bind->buffer = &column->number;
    bind->length = &column->size;
    bind->is_null = &column->is_null;
    switch (column->field->kind) {
    case KIND_BOOL:
    case KIND_NUMBER:
    case KIND_FEN:
        bind->buffer_type = MYSQL_TYPE_LONGLONG;
        break;
    case KIND_INSTANT:
    case KIND_DAY:
        bind->buffer_type = MYSQL_TYPE_DATETIME;
        bind->buffer = &column->time;
        break;
    default:
        bind->buffer_type = column->field->kind == KIND_BYTES ? MYSQL_TYPE_BLOB : MYSQL_TYPE_STRING;
        bind->buffer = column->scratch;
        bind->buffer_length = SCRATCH;
    }
}

/* Matches the columns of the result with members by name; the first that has none is the fault. */
static const char *bind_columns(struct prepared *prepared)
{
    MYSQL_RES *described = mysql_stmt_result_metadata(prepared->handle);
    const char *fault = NULL;
    MYSQL_FIELD *field;

    if (described == NULL)
        return prepared->statement->columns == NULL ? NULL : "(no columns)";
    prepared->column_count = mysql_num_fields(described);
    prepared->columns = calloc(prepared->column_count, sizeof(*prepared->columns));
    prepared->binds = calloc(prepared->column_count, sizeof(*prepared->binds));
    if (prepared->columns == NULL || prepared->binds == NULL)
        abort();
    for (unsigned i = 0; fault == NULL && (field = mysql_fetch_field(described)) != NULL; i++) {
        prepared->columns[i].field = field_named(prepared->statement->columns, field->name);
        if (prepared->columns[i].field == NULL)
            fault = field->name;
        else
            bind_column(&prepared->binds[i], &prepared->columns[i]);
    }
    mysql_free_result(described);
    if (fault == NULL && mysql_stmt_bind_result(prepared->handle, prepared->binds) != 0)
        fault = "(bind)";
    return fault;
}

void sql_forget(struct prepared *prepared)
{
    if (prepared->handle != NULL)
        mysql_stmt_close(prepared->handle);
    free(prepared->columns);
    free(prepared->binds);
    *prepared = (struct prepared){.statement = NULL};
}

/* Statements name the module's own tables "{module}_job". */
static const char *sql_text(struct request *r, const char *sql)
{
    struct text text = {.arena = r->arena};
    const char *mark;

    while ((mark = strstr(sql, "{module}")) != NULL) {
        text_add(&text, sql, (size_t)(mark - sql));
        text_put(&text, r->service->name);
        sql = mark + strlen("{module}");
    }
    text_put(&text, sql);
    return text_end(&text);
}

static enum error prepare(struct request *r, struct connection *connection,
                          const struct statement *statement, struct prepared *prepared)
{
    const char *sql = sql_text(r, statement->sql);
    const char *fault;

    sql_forget(prepared);
    prepared->statement = statement;
    prepared->handle = mysql_stmt_init(connection->mysql);
    if (prepared->handle == NULL)
        abort();
    if (mysql_stmt_prepare(prepared->handle, sql, strlen(sql)) != 0) {
        unsigned number = mysql_stmt_errno(prepared->handle);
        const char *text = arena_text(r->arena, mysql_stmt_error(prepared->handle));

        sql_forget(prepared);
        return connection_failed(r, connection, statement, number, text);
    }
    fault = bind_columns(prepared);
    if (fault == NULL)
        return E_OK;
    fault = arena_text(r->arena, fault);
    sql_forget(prepared);
    return failed(r, E_INTERNAL, "column %s has no member in: %.200s", fault, statement->sql);
}

/* A slot of the connection's table; an older statement that collides is prepared anew later. */
static enum error find_prepared(struct request *r, struct connection *connection,
                                const struct statement *statement, struct prepared **prepared)
{
    size_t at = ((uintptr_t)statement / sizeof(*statement)) % PREPARED_SLOTS;

    for (size_t step = 0; step < 8; step++) {
        struct prepared *slot = &connection->prepared[(at + step) % PREPARED_SLOTS];

        *prepared = slot;
        if (slot->statement == statement)
            return E_OK;
        if (slot->statement == NULL)
            break;
    }
    return prepare(r, connection, statement, *prepared);
}

static bool is_failing_here(struct request *r)
{
    struct pool *pool = r->process->pool;

    return pool->fail_after > 0 && --pool->fail_after == 0;
}

enum error sql_execute(struct request *r, struct connection *connection,
                       const struct statement *statement, struct values values,
                       struct prepared **prepared)
{
    MYSQL_BIND binds[VALUES_MAX] = {{.length = NULL}};
    struct parameter parameters[VALUES_MAX];
    MYSQL_STMT *handle;

    if (connection->mysql == NULL || is_failing_here(r))
        return connection_failed(r, connection, statement, NUMBER_LOST, "connection lost");
    TRY(find_prepared(r, connection, statement, prepared));
    handle = (*prepared)->handle;
    if (values.count != mysql_stmt_param_count(handle) || values.count > VALUES_MAX)
        return failed(r, E_INTERNAL, "%zu values for: %.200s", values.count, statement->sql);
    for (size_t i = 0; i < values.count; i++)
        bind_value(&binds[i], &parameters[i], &values.items[i]);
    if (r->process->metrics != NULL)
        metrics_count(r->process->metrics, COUNT_ROUND_TRIPS, 1);
    if ((values.count > 0 && mysql_stmt_bind_param(handle, binds) != 0) ||
        mysql_stmt_execute(handle) != 0 ||
        ((*prepared)->column_count > 0 && mysql_stmt_store_result(handle) != 0))
        return connection_failed(r, connection, statement, mysql_stmt_errno(handle),
                                 arena_text(r->arena, mysql_stmt_error(handle)));
    r->work->changed = (int64_t)mysql_stmt_affected_rows(handle);
    return E_OK;
}

static const char *fetch_whole(struct request *r, struct prepared *prepared, unsigned i)
{
    struct column *column = &prepared->columns[i];
    MYSQL_BIND bind = prepared->binds[i];
    char *whole;

    if (column->size <= SCRATCH)
        return arena_text_of(r->arena, column->scratch, column->size);
    whole = arena_alloc(r->arena, column->size + 1);
    bind.buffer = whole;
    bind.buffer_length = column->size;
    return mysql_stmt_fetch_column(prepared->handle, &bind, i, 0) == 0 ? whole : NULL;
}

static enum error take_column(struct request *r, struct prepared *prepared, unsigned i, void *row)
{
    struct column *column = &prepared->columns[i];
    const struct field *field = column->field;
    void *at = (char *)row + field->offset;
    const char *whole;

    clear_member(field, row);
    if (column->is_null)
        return field->nullable ? E_OK
                               : failed(r, E_INTERNAL, "column %s is NULL in: %.200s", field->name,
                                        prepared->statement->sql);
    switch (field->kind) {
    case KIND_BOOL:
        *(bool *)at = column->number != 0;
        return E_OK;
    case KIND_NUMBER:
    case KIND_FEN:
        *(int64_t *)at = column->number;
        return E_OK;
    case KIND_INSTANT:
        *(int64_t *)at = ms_of(&column->time);
        return E_OK;
    case KIND_DAY:
        *(int64_t *)at = day_of(column->time.year, column->time.month, column->time.day).number;
        return E_OK;
    default:
        break;
    }
    whole = fetch_whole(r, prepared, i);
    if (field->kind == KIND_BYTES)
        *(struct bytes *)at = (struct bytes){(const unsigned char *)whole, column->size};
    else
        *(const char **)at = whole;
    return whole != NULL ? E_OK : failed(r, E_INTERNAL, "column %s cut short", field->name);
}

enum error sql_fetch(struct request *r, struct connection *connection, struct prepared *prepared,
                     void *row)
{
    switch (mysql_stmt_fetch(prepared->handle)) {
    case 0:
    case MYSQL_DATA_TRUNCATED:
        break;
    case MYSQL_NO_DATA:
        return E_NOT_FOUND;
    default:
        return connection_failed(r, connection, prepared->statement,
                                 mysql_stmt_errno(prepared->handle),
                                 arena_text(r->arena, mysql_stmt_error(prepared->handle)));
    }
    for (unsigned i = 0; i < prepared->column_count; i++)
        TRY(take_column(r, prepared, i, row));
    return E_OK;
}

void sql_done(struct prepared *prepared)
{
    if (prepared->handle != NULL && prepared->column_count > 0)
        mysql_stmt_free_result(prepared->handle);
}

static const char *missing_column(const struct prepared *prepared)
{
    const struct field *fields = prepared->statement->columns;

    for (size_t f = 0; fields != NULL && fields[f].name != NULL; f++) {
        bool is_there = fields[f].kind == KIND_RECORDS || fields[f].kind == KIND_TEXTS ||
                        fields[f].kind == KIND_NUMBERS;

        for (unsigned i = 0; i < prepared->column_count; i++)
            is_there = is_there || prepared->columns[i].field == &fields[f];
        if (!is_there && !fields[f].nullable)
            return fields[f].name;
    }
    return NULL;
}

enum error sql_check(struct request *r, struct connection *connection,
                     const struct statement *table)
{
    enum error worst = E_OK;

    for (size_t i = 0; table[i].sql != NULL; i++) {
        struct prepared prepared = {.statement = NULL};
        enum error error = prepare(r, connection, &table[i], &prepared);

        if (error == E_OK && missing_column(&prepared) != NULL)
            error = failed(r, E_INTERNAL, "no column for member %s in: %.200s",
                           missing_column(&prepared), table[i].sql);
        sql_forget(&prepared);
        if (error == E_OK || table[i].may_be_absent)
            continue;
        fprintf(stderr, "%s: database: %s\n", r->service->name, r->work->failure);
        worst = error;
        if (connection->mysql == NULL)
            break;
    }
    return worst;
}
