/*
 * Uploads (上传材料): a picture or a PDF, made clean in the workshop before anybody looks at it, kept in
 * the store, and then attached to an application as one of its documents.
 */
#ifndef CASEWORK_UPLOAD_H
#define CASEWORK_UPLOAD_H

#include "casework/application.h"
#include "casework/store.h"

#define UPLOAD_REASONS(X)                                                                          \
    X(UPLOAD_EMPTY, 422, "upload_empty", "文件是空的")                                             \
    X(UPLOAD_TOO_LARGE, 413, "upload_too_large", "文件不能超过10MB")                               \
    X(UPLOAD_TYPE, 422, "upload_type", "只接受JPEG、PNG图片和PDF文件")                             \
    X(UPLOAD_PIXELS, 422, "upload_too_many_pixels", "图片不能超过4000万像素，每边不能超过12000像素") \
    X(UPLOAD_PAGES, 422, "upload_too_many_pages", "PDF文件不能超过50页")                           \
    X(UPLOAD_ENCRYPTED, 422, "upload_encrypted", "PDF文件已加密，请先解除密码")                    \
    X(UPLOAD_DAMAGED, 422, "upload_damaged", "文件已损坏，无法读取，请重新拍照或者另存")           \
    X(UPLOADS_TODAY, 429, "uploads_used_up", "今天上传的文件已达上限，请明天再传")                 \
    X(UPLOADS_LOOSE, 429, "uploads_unattached", "还有未使用的文件，请先删除或者提交申请")

UPLOAD_REASONS(REASON_DECLARE)

/* At the beginning of the settings of a module with uploads. */
struct upload_settings {
    struct store_settings store;
    const char *workshop;
};
#define UPLOAD_SETTINGS(type)                                                                      \
    STORE_SETTINGS(type, uploads.store),                                                           \
        SETTING(type, uploads.workshop, "WORKSHOP", "",                                            \
                "folder of the workshop's programs; that of this one unless told")

struct upload {
    const char *id;
    struct bytes sha256;
    const char *content_type;
    int64_t size, width, height, pages;
    const char *application_id; /* NULL: of none yet */
    struct instant created_at;
};

extern const struct statement upload_sql[];
MUST_CHECK enum error uploads_open(struct request *r, const struct upload_settings *settings);

/* What a person uploaded today, and what of all he uploaded belongs to nothing. */
struct upload_use {
    int64_t today, bytes_today, loose, tries_today;
};
/* By a statement of its own, so that it counts whatever becomes of the request. */
MUST_CHECK enum error upload_count_try(struct request *r);
/* Of days that are over, a thousand at most. */
MUST_CHECK enum error upload_forget_tries(struct request *r);
MUST_CHECK enum error upload_count_use(struct request *r, struct upload_use *use);
MUST_CHECK enum error upload_find_own(struct request *r, const char *id, struct upload *upload);
/* One of an application that the caller may see, or an own one that belongs to none. */
MUST_CHECK enum error upload_find(struct request *r, const char *id, struct upload *upload);
MUST_CHECK enum error upload_find_by_key(struct request *r, struct upload *upload);
MUST_CHECK enum error upload_insert(struct request *r, const struct upload *upload);
/* E_NOT_FOUND when an application has it. */
MUST_CHECK enum error upload_delete(struct request *r, const char *id);
MUST_CHECK enum error upload_list_old(struct request *r, struct instant before,
                                      struct records *uploads);
/* Whether a row names the file. */
MUST_CHECK enum error upload_is_needed(struct request *r, struct bytes sha256, bool *is_needed);

/* In the transaction that attaches it: an own one that belongs to nothing; else UPLOAD_UNKNOWN. */
MUST_CHECK enum error upload_attach(struct request *r, const char *id,
                                    const struct application *application);
MUST_CHECK enum error upload_detach(struct request *r, const char *id,
                                    const struct application *application);
/* One that belongs to that application, or E_NOT_FOUND. */
MUST_CHECK enum error upload_of(struct request *r, const char *id, const char *application_id,
                                struct upload *upload);
MUST_CHECK enum error reply_upload(struct request *r, const struct upload *upload);

struct upload_input {
    const char *upload_id;
};
extern const struct param upload_params[];
extern const struct field upload_fields[];
enum error take_upload(struct request *r);
enum error show_upload(struct request *r);
enum error delete_upload(struct request *r);
/* The job that takes a file away that no row names: of a deleted upload, or of one whose process died
   before its row was written. */
enum error drop_upload(struct request *r, const struct task *task);
/* The job: those that nobody used for a week. */
enum error tidy_uploads(struct request *r, const struct task *task);

#define UPLOAD_ROUTES                                                                              \
    {POST, "/uploads", VERIFIED, take_upload, .answer = upload_fields, .body = STREAM_BODY,        \
     .needs_key = true, .summary = "takes a JPEG, a PNG or a PDF; made clean before it is kept"},  \
        {GET, "/uploads/{upload_id}", VERIFIED, show_upload,                                       \
         INPUT(struct upload_input, upload_params), .summary = "an upload as it was kept"},   \
    {                                                                                              \
        DELETE, "/uploads/{upload_id}", VERIFIED, delete_upload,                                   \
            INPUT(struct upload_input, upload_params), .answer = upload_fields,                    \
            .summary = "an own upload that no application has"                                     \
    }

#endif
