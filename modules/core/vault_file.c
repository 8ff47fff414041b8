/* Reads the file of data keys; a fault names the file and the line, never the key. */

#include "core/vault.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>

#define LINE_MAX_SIZE 256
#define WORDS_MAX 5

struct reading {
    const char *path;
    int line;
    struct vault *vault;
    bool has_fault;
};

static void fault(struct reading *reading, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void fault(struct reading *reading, const char *format, ...)
{
    va_list arguments;

    reading->has_fault = true;
    fprintf(stderr, "%s", reading->path);
    if (reading->line > 0)
        fprintf(stderr, ", line %d", reading->line);
    fputs(": ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

/* Cuts the line into words; the count may pass WORDS_MAX by one to tell that there are more. */
static size_t split(char *line, char *words[WORDS_MAX])
{
    size_t count = 0;

    while (*line != '\0') {
        line += strspn(line, " \t\r\n");
        if (*line == '\0')
            break;
        if (count == WORDS_MAX)
            return count + 1;
        words[count++] = line;
        line += strcspn(line, " \t\r\n");
        if (*line != '\0')
            *line++ = '\0';
    }
    return count;
}

/* 1 ... 65535 in plain digits, else 0. */
static int64_t number_of(const char *word)
{
    int64_t number = 0;

    if (strlen(word) > 5 || word[0] == '0' || word[strspn(word, "0123456789")] != '\0')
        return 0;
    for (; *word != '\0'; word++)
        number = number * 10 + (*word - '0');
    return number <= 65535 ? number : 0;
}

static bool secret_of(const char *word, unsigned char secret[DATA_KEY_SIZE])
{
    if (strlen(word) != (size_t)DATA_KEY_SIZE * 2)
        return false;
    for (size_t i = 0; i < DATA_KEY_SIZE; i++) {
        char pair[3] = {word[2 * i], word[2 * i + 1], '\0'};

        if (!isxdigit((unsigned char)pair[0]) || !isxdigit((unsigned char)pair[1]))
            return false;
        secret[i] = (unsigned char)strtoul(pair, NULL, 16);
        wipe(pair, sizeof(pair));
    }
    return true;
}

static bool state_of(const char *word, enum key_state *state)
{
    static const char *const names[] = {
        [KEY_ACTIVE] = "active", [KEY_DECRYPT] = "decrypt", [KEY_RETIRED] = "retired"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(word, names[i]) == 0) {
            *state = (enum key_state)i;
            return true;
        }
    }
    return false;
}

static bool suite_of(const char *word, enum suite *suite)
{
    if (strcmp(word, "gcm") != 0 && strcmp(word, "sm4") != 0)
        return false;
    *suite = strcmp(word, "gcm") == 0 ? SUITE_GCM : SUITE_SM4;
    return true;
}

static bool is_known(const struct vault *vault, int64_t id)
{
    for (size_t i = 0; i < vault->key_count; i++)
        if (vault->keys[i].id == id)
            return true;
    return false;
}

static void read_data_key(struct reading *reading, char *words[WORDS_MAX])
{
    struct vault *vault = reading->vault;
    struct data_key *key = &vault->keys[vault->key_count];

    if (vault->key_count == DATA_KEYS_MAX) {
        fault(reading, "more than %d data keys", DATA_KEYS_MAX);
        return;
    }
    key->id = number_of(words[1]);
    if (key->id == 0)
        fault(reading, "the key id must be a number from 1 to 65535");
    else if (is_known(vault, key->id))
        fault(reading, "key %d stands here a second time", (int)key->id);
    else if (!state_of(words[2], &key->state))
        fault(reading, "the state must be active, decrypt or retired");
    else if (!suite_of(words[3], &key->suite))
        fault(reading, "the suite must be gcm or sm4");
    else if (!secret_of(words[4], key->secret))
        fault(reading, "the key must be %d hex digits", DATA_KEY_SIZE * 2);
    else if (key->state == KEY_ACTIVE && vault->active != NULL)
        fault(reading, "a second active data key; there must be one");
    else
        vault->key_count++;
    if (!reading->has_fault && key->state == KEY_ACTIVE)
        vault->active = key;
}

static void read_index_key(struct reading *reading, char *words[WORDS_MAX])
{
    struct vault *vault = reading->vault;
    int64_t version = number_of(words[1]);

    if (vault->index_version != 0)
        fault(reading, "a second index key; there must be one");
    else if (version == 0)
        fault(reading, "the index version must be a number from 1 to 65535");
    else if (strcmp(words[2], "active") != 0)
        fault(reading, "the index key must be active");
    else if (!secret_of(words[3], vault->index_secret))
        fault(reading, "the index key must be %d hex digits", DATA_KEY_SIZE * 2);
    else
        vault->index_version = version;
}

static void read_line(struct reading *reading, char *line)
{
    char *words[WORDS_MAX];
    bool is_whole = strchr(line, '\n') != NULL || strlen(line) < LINE_MAX_SIZE - 1;
    size_t count = split(line, words);

    if (count == 0 || words[0][0] == '#')
        return;
    if (is_whole && count == 5 && strcmp(words[0], "data") == 0)
        read_data_key(reading, words);
    else if (is_whole && count == 4 && strcmp(words[0], "index") == 0)
        read_index_key(reading, words);
    else
        fault(reading, "expected \"data KEYID STATE SUITE KEY\" or \"index VERSION active KEY\"");
}

static void read_all(struct reading *reading, FILE *file)
{
    char line[LINE_MAX_SIZE];

    for (reading->line = 1; !reading->has_fault; reading->line++) {
        if (fgets(line, (int)sizeof(line), file) == NULL)
            break;
        read_line(reading, line);
    }
    wipe(line, sizeof(line));
    if (reading->has_fault)
        return;
    reading->line = 0;
    if (ferror(file))
        fault(reading, "cannot be read");
    else if (reading->vault->active == NULL)
        fault(reading, "no active data key");
    else if (reading->vault->index_version == 0)
        fault(reading, "no index key");
}

struct vault *vault_open(const char *path)
{
    struct reading reading = {.path = path};
    FILE *file = fopen(path, "r");

    if (file == NULL) {
        fault(&reading, "%s", strerror(errno));
        return NULL;
    }
    /* No second copy of the keys in a buffer that nobody wipes. */
    setvbuf(file, NULL, _IONBF, 0);
    reading.vault = calloc(1, sizeof(*reading.vault));
    if (reading.vault == NULL)
        abort();
    read_all(&reading, file);
    fclose(file);
    if (!reading.has_fault)
        return reading.vault;
    vault_close(reading.vault);
    return NULL;
}

void vault_close(struct vault *vault)
{
    if (vault == NULL)
        return;
    wipe(vault, sizeof(*vault));
    free(vault);
}
