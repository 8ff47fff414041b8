/*
 * Where identity's routes are tried out: canned answers of WeChat, Alipay and exchange, a database
 * and keys from the environment (scripts/test). Every story is told twice: plainly, and with every
 * transaction rolled back, then committed with its answer swallowed, before it counts.
 */
#ifndef SERVICE_IDENTITY_STAGE_H
#define SERVICE_IDENTITY_STAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "support/asker.h"
#include "support/fake_upstream.h"

#include <cmocka.h>

#define KEYS VECTORS_DIR "/keys/"
#define NAME "张三"
#define ID_NO "11010519491231002X"
#define APPID "wx1234567890abcdef"
#define SESSIONS "/api/identity/wechat/sessions"
#define CHECKS "/api/identity/face-checks"
/* Files of canned answers. */
#define TOKEN "cgi-bin_stable_token"
#define BEGIN "cityservice_face_identify_getverifyid"
#define RESULT "cityservice_face_identify_queryverifyinfo"
#define PERSONS "api_exchange_persons"
#define PASSED "200 {\"errcode\":0,\"errmsg\":\"ok\",\"verify_ret\":10000}"

struct identity_stage {
    struct fake_upstream upstream;
    struct asker asker;
    struct arena *arena; /* of one test */
    struct key *alipay_key;
    const char *door, *token, *key; /* of the next questions; NULL for none */
    bool is_rehearsing;
    int64_t people; /* makes names that no other test uses */
};

extern struct identity_stage test;

/* The HTTP status; what was answered is read with said(), which outlives the next question. */
int try_route(const char *method, const char *path, const char *body);
const char *said(const char *member);
bool said_word(const char *word);
void assert_refused(int status, const char *code);

void put_file(const char *name, const char *text);
/* From now on the path answers with these lines, "STATUS BODY" each, the last one for ever. */
void can(const char *name, const char *lines);
void can_login(const char *openid);
void can_person(const char *person_id);
/* How many requests of this test hold the word. */
int arrived(const char *word);
void shift_clock(int64_t ms);
/* Of this day in China, so that it does not end within a story. */
void shift_to_noon(void);
/* SELECT COUNT(*) AS n ... with one ?. */
int64_t count_rows(const char *sql, const char *value);

const char *new_name(const char *kind);
/* The token; it is the caller's from now on. */
const char *sign_in(const char *openid);
const char *my_account(void);
/* The id of a person that exchange has from now on for whoever asks. */
const char *new_person(void);
int begin_check(const char *key, const char *name, const char *id_no);
/* Begins one that WeChat accepts; its id. */
const char *begun_check(const char *key);
int finish_check(const char *id);
/* Signs in and passes a face check as a person nobody else is; the person's id. */
const char *become_verified(const char *openid);

/* A file with key 1 of this one in another state, and behind it a second, active one. */
const char *rotated_keys(const char *file, const char *name, const char *state);
/* As an operator does after a change of the data keys. */
void restart_with_keys(const char *file);

int open_plain(void **state);
int open_rehearsed(void **state);
int close_all(void **state);
int begin(void **state);

/* A test that each suite ends with. */
void the_audit_chain_holds(void **state);

#define TEST(name) cmocka_unit_test_setup(name, begin)
/* How many failed. */
#define TELL_TWICE(tests)                                                                          \
    (cmocka_run_group_tests_name("plain", tests, open_plain, close_all) +                          \
     cmocka_run_group_tests_name("rehearsed", tests, open_rehearsed, close_all))

#endif
