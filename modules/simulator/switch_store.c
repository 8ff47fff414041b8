#include "simulator/switches.h"

struct switch_row {
    const char *name, *value;
};

static const struct field switch_fields[] = {FIELD(struct switch_row, value), FIELD_END};

enum { FIND_SWITCH, SET_SWITCH, STATEMENTS_END };

const struct statement switch_sql[] = {
    [FIND_SWITCH] = {.sql = "SELECT value FROM sim_switch WHERE name = ?",
                     ROWS(struct switch_row, switch_fields)},
    [SET_SWITCH] = {.sql = "INSERT INTO sim_switch (name, value) VALUES (?, ?)"
                           "  ON DUPLICATE KEY UPDATE value = ?"},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error find_switch(struct request *r, const char *name, const char *otherwise,
                       const char **value)
{
    struct switch_row row;
    enum error found = db_one(r, &switch_sql[FIND_SWITCH], &row, VALUES(name));

    *value = found == E_OK ? row.value : otherwise;
    return found == E_NOT_FOUND ? E_OK : found;
}

static enum error store_switch(struct request *r, void *product)
{
    const struct switch_row *row = product;

    return db_run(r, &switch_sql[SET_SWITCH], VALUES(row->name, row->value, row->value));
}

enum error set_switch(struct request *r, const char *name, const char *value)
{
    return db_transaction(r, store_switch, &(struct switch_row){name, value});
}
