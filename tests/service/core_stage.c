#include "service/core_stage.h"

struct asker asker;

int open_core(void **state)
{
    char path[512];

    (void)state;
    setenv("DB_USER", "payment", 1);
    snprintf(path, sizeof(path), "%s/db/payment.password", getenv("TEST_KEYS"));
    setenv("DB_PASSWORD_FILE", path, 1);
    snprintf(path, sizeof(path), "%s/audit/payment.key", getenv("TEST_KEYS"));
    setenv("AUDIT_KEY_FILE", path, 1);
    setenv("DATA_KEYS_FILE", "", 1);
    setenv("MODULE_KEY_FILE", "", 1);
    setenv("MODULE_KEYS", "", 1);
    database_open();
    asker_open(&asker);
    return 0;
}

int close_core(void **state)
{
    (void)state;
    asker_close(&asker);
    database_close();
    return 0;
}
