/*
 * Where files are kept: by the SHA-256 of what is in them, so that the same file is kept once and a
 * changed one is found out, and sealed under a key of the module and of that content. The place is a
 * folder on this machine, or a bucket (存储桶) of an S3-compatible service, which then sees neither
 * names nor contents. Nothing is there before it is there whole, and nothing that was put is lost when
 * the power goes. Whoever may see a file is the caller's business.
 *
 * Errors of all: E_UNAVAILABLE when the place does not answer, is full or refuses us; E_INTERNAL when
 * HTTP_HOSTS does not name it. The text for operators is left with failed(). All of them stand outside
 * of transactions.
 */
#ifndef CASEWORK_STORE_H
#define CASEWORK_STORE_H

#include "core/config.h"
#include "core/service.h"

/* What one file may have at most, and the limit of an arena in which store_get fits. */
#define STORE_FILE_MAX ((size_t)24 * 1024 * 1024)
#define STORE_ARENA_MAX (4 * STORE_FILE_MAX)

struct store_settings {
    const char *folder;
    const char *s3_url; /* "": the folder is used */
    const char *s3_region;
    const char *s3_key_file;
};

/* `at` is the struct store_settings in `type`. */
#define STORE_SETTINGS(type, at)                                                                   \
    SETTING(type, at.folder, "STORE_DIR", "",                                                      \
            "the folder in which files are kept; required unless STORE_S3_URL is given"),          \
        SETTING(type, at.s3_url, "STORE_S3_URL", "",                                               \
                "https://host[:port]/bucket; files are kept there and not in STORE_DIR"),          \
        SETTING(type, at.s3_region, "STORE_S3_REGION", "us-east-1", "for which requests are signed"), \
        SETTING_FILE(type, at.s3_key_file, "STORE_S3_KEY_FILE", "",                                \
                     "access key id and secret access key, a line each; read at every call")

/* Idempotent. What is large goes into the arena. */
MUST_CHECK enum error store_put(struct request *r, const struct store_settings *settings,
                                struct bytes sha256, struct arena *arena, struct bytes bytes);
/* E_NOT_FOUND, or E_INTERNAL when it is not what it was. */
MUST_CHECK enum error store_get(struct request *r, const struct store_settings *settings,
                                struct bytes sha256, struct arena *arena, struct bytes *bytes);
/* No row names it any more. One that was put within the hour stays: its row may be about to come. */
MUST_CHECK enum error store_drop(struct request *r, const struct store_settings *settings,
                                 struct bytes sha256);
/* For service.open: whether the settings fit each other, and the folder can be written to. A bucket is
   not asked, so that a module starts without it. */
MUST_CHECK enum error store_open(struct request *r, const struct store_settings *settings);
/* For --check: puts, reads and deletes something there. */
MUST_CHECK enum error store_check(struct request *r, const struct store_settings *settings);

#endif
