// SPDX-License-Identifier: BSD-3-Clause
// parallel ROUNDS - C++ with OpenMP and exceptions: integer sums over threads, a throw in one element of each round.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

static uint64_t mix(uint64_t x)
{
	x ^= x >> 31;
	x *= 0x7fb5d329728ea185ull;
	x ^= x >> 27;
	return x * 0x81dadef4bc2dd44dull;
}

static uint64_t element(uint64_t i, uint64_t n)
{
	if (i % 50021 == n % 50021)
		throw std::runtime_error("element " + std::to_string(i));
	return mix(i + n);
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 600;
	std::vector<uint64_t> data(400000);
	uint64_t total = 0;

	for (int n = 0; n < rounds; n++) {
		uint64_t sum = 0;
		int caught = 0;

#pragma omp parallel for schedule(dynamic, 5000) reduction(+ : sum, caught)
		for (long i = 0; i < static_cast<long>(data.size()); i++) {
			try {
				data[i] = data[i] * 3 + element(i, n);
				for (int k = 0; k < 12; k++)
					data[i] = mix(data[i]);
			} catch (const std::runtime_error &e) {
				caught++;
				data[i] ^= std::string(e.what()).size();
			}
			sum += data[i];
		}
		total = mix(total + sum);
		printf("%d %016lx caught %d\n", n, static_cast<unsigned long>(sum), caught);
		fflush(stdout);
	}
	printf("end %016lx\n", static_cast<unsigned long>(total));
	return 0;
}
