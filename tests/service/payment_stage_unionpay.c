#include "service/payment_stage_unionpay.h"

#include <archive.h>
#include <archive_entry.h>
#include <zlib.h>

#include "core/crypto.h"
#include "core/http.h"
#include "payment/unionpay_answer.h"

const char *unionpay_said_by(const char *key_name, const char *text, bool is_notice)
{
    struct key *key = key_private(text_of(in_keys(key_name)));
    const char *pem = text_of(in_keys("simulator/unionpay.crt")), *signature;
    struct unionpay_fields fields;

    text = arena_printf(texts, "version=5.1.0&signMethod=01&encoding=UTF-8&%s&signPubKeyCert=%s",
                        text, pem);
    assert_non_null(key);
    assert_true(unionpay_split_answer(texts, bytes_of(text), &fields));
    signature = sign_rsa_sha256(texts, key, unionpay_digest(texts, unionpay_joined(texts, fields)));
    key_close(key);
    if (!is_notice)
        return arena_printf(texts, "%s&signature=%s", text, signature);
    text = unionpay_body(texts, fields);
    return arena_printf(texts, "%s&signature=%s", text, url_encode(texts, signature));
}

void unionpay_answers(const char *path, const char *text)
{
    put_answer(path, "200 \n");
    put_answer(arena_printf(texts, "%s.body", path), unionpay_said_by(UNIONPAY_KEY, text, false));
}

const char *unionpay_named(const char *table, const char *id)
{
    const char *at = strcmp(table, "refund") == 0 ? "sent_at" : "created_at";

    return arena_printf(
        texts, "merId=" UNIONPAY_MERCHANT "&orderId=%s&txnTime=%s", id,
        database_word("SELECT DATE_FORMAT(%s + INTERVAL 8 HOUR, '%%Y%%m%%d%%H%%i%%s')"
                      " FROM %s WHERE id = '%s'",
                      at, table, id));
}

int unionpay_tells_at(const char *path, const char *body)
{
    int status;

    asker.door = "gateways";
    status = ask(&asker, "POST", path, body);
    asker.door = "citizens";
    return status;
}

int unionpay_tells(const char *fields)
{
    return unionpay_tells_at("/notify/unionpay/" UNIONPAY_MERCHANT,
                             unionpay_said_by(UNIONPAY_KEY, fields, true));
}

const char *unionpay_line(const char *kind, const char *no, const char *ours, const char *time,
                          int64_t fen)
{
    bool is_in = strcmp(kind, "in") == 0;

    return arena_printf(
        texts,
        "%s %-11s %-11s 000001 %-10s %-19s %012lld 9222 07 %-21s    %-32s 01 %-6s "
        "%-10s D000000000000 %s%012lld 0201 %-15s %s %s 000201 %-2s %-4s %-32s %-1s "
        "%-21s %-15s %-1s %-15s %-32s %-13s %-13s %-8s %-32s %-13s %-13s %-12s %-2s "
        "%-1s %-131s\r\n",
        is_in ? "S22" : "S30", "48270000", "00049992", time, "621226******0018", (long long)fen, no,
        ours, "", "", is_in ? "C" : "D", (long long)fen, "",
        is_in                         ? "01"
        : strcmp(kind, "cancel") == 0 ? "31"
                                      : "04",
        is_in ? "01" : "00", "", "", "", "", "", UNIONPAY_MERCHANT, "", "", "", "", "", "", "", "",
        "", "", "", "", "");
}

static struct bytes zip_of(const char *name, const char *text)
{
    size_t room = strlen(text) + 4096, used = 0;
    char *packed = arena_alloc(texts, room);
    struct archive *archive = archive_write_new();
    struct archive_entry *entry = archive_entry_new();

    archive_write_set_format_zip(archive);
    archive_write_set_bytes_per_block(archive, 0);
    assert_int_equal(archive_write_open_memory(archive, packed, room, &used), ARCHIVE_OK);
    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (la_int64_t)strlen(text));
    assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
    assert_int_equal(archive_write_data(archive, text, strlen(text)), strlen(text));
    archive_entry_free(entry);
    assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
    archive_write_free(archive);
    return (struct bytes){(unsigned char *)packed, used};
}

static const char *content_of(const char *day, const char *lines)
{
    struct bytes zip = zip_of(arena_printf(texts, "INN26%s88ZM_" UNIONPAY_MERCHANT, day), lines);
    uLongf size = compressBound(zip.size);
    unsigned char *packed = arena_alloc(texts, size);

    assert_int_equal(compress(packed, &size, zip.data, zip.size), Z_OK);
    return base64_encode(texts, (struct bytes){packed, size});
}

static const char *answer_of(const char *day, const char *code)
{
    return arena_printf(texts,
                        "merId=" UNIONPAY_MERCHANT "&txnType=76&txnSubType=01&bizType=000000"
                        "&accessType=0&fileType=00&txnTime=20261123103000&settleDate=%s"
                        "&respCode=%s",
                        day, code);
}

const char *unionpay_file_of(const char *day, const char *lines)
{
    return arena_printf(texts, "%s&fileName=" UNIONPAY_MERCHANT "_20261123.zip&fileContent=%s",
                        answer_of(day, "00"), content_of(day, lines));
}

void unionpay_file_is(const char *day, const char *lines)
{
    unionpay_answers("filedownload", unionpay_file_of(day, lines));
}

void unionpay_has_no_file(const char *day)
{
    unionpay_answers("filedownload", answer_of(day, "98"));
}
