/*
 * What one call on a kept connection to a gateway costs the caller: libcurl and TLS, nothing else.
 *
 *   bench_kept_call URL CA COUNT BYTES      prints {"cpu_us":...} of one POST of BYTES
 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { WARM = 20 };

static size_t ignore(char *data, size_t size, size_t count, void *context)
{
    (void)data;
    (void)context;
    return size * count;
}

static double cpu_us(void)
{
    struct rusage used;

    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

static void call(CURL *curl)
{
    CURLcode done = curl_easy_perform(curl);

    if (done == CURLE_OK)
        return;
    fprintf(stderr, "kept_call: %s\n", curl_easy_strerror(done));
    exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = NULL;
    long count, size;
    double before;
    char *body;

    if (argc != 5 || curl == NULL)
        return EXIT_FAILURE;
    count = strtol(argv[3], NULL, 10);
    size = strtol(argv[4], NULL, 10);
    body = calloc(1, (size_t)size + 1);
    headers = curl_slist_append(headers, "Content-Type: application/json");
    headers = curl_slist_append(headers, "Expect:");
    if (count <= 0 || body == NULL || headers == NULL)
        return EXIT_FAILURE;
    memset(body, 'x', (size_t)size);
    curl_easy_setopt(curl, CURLOPT_URL, argv[1]);
    curl_easy_setopt(curl, CURLOPT_CAINFO, argv[2]);
    curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore);
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    for (int i = 0; i < WARM; i++)
        call(curl);
    before = cpu_us();
    for (long i = 0; i < count; i++)
        call(curl);
    printf("{\"cpu_us\":%.1f}\n", (cpu_us() - before) / (double)count);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    free(body);
    return 0;
}
