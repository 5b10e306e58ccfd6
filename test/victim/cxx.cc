// SPDX-License-Identifier: BSD-3-Clause
// cxx - C++: an exception in flight (caught, not yet left), thrown after, thread_local with destructors, std::thread.  [victim]
#include "victim.h"

#include <atomic>
#include <condition_variable>
#include <exception>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

static std::atomic<int> destroyed{0};

struct Local {
	std::string text = "local";
	~Local() { destroyed++; }
};
static thread_local Local local;

static int deep(int depth, const std::string &what)
{
	std::string guard = what + std::to_string(depth);

	if (depth == 0)
		throw std::runtime_error(what);
	return deep(depth - 1, what) + static_cast<int>(guard.size());
}

static void thrower(int index)
{
	std::string what = "thrown by " + std::to_string(index);

	local.text += what;
	while (!victim_over) {
		try {
			deep(50, what);
			FAIL("nothing was thrown");
		} catch (const std::exception &e) {
			victim_sleep_ms(2); // in the handler, the exception alive
			if (what != e.what())
				FAIL("caught \"%s\"", e.what());
		}
	}
	if (local.text != "local" + what)
		FAIL("thread_local is \"%s\"", local.text.c_str());
}

int main(int, char **argv)
{
	std::map<std::string, std::vector<int>> table;
	std::exception_ptr kept;
	std::mutex mutex;
	std::condition_variable done;
	bool finished = false;

	for (int i = 0; i < 1000; i++)
		table["key " + std::to_string(i % 100)].push_back(i);
	std::vector<std::thread> threads;
	for (int i = 0; i < 3; i++)
		threads.emplace_back(thrower, i);
	threads.emplace_back([&] {
		std::unique_lock<std::mutex> lock(mutex);
		done.wait(lock, [&] { return finished; });
	});
	try {
		deep(10, "held");
	} catch (const std::runtime_error &e) {
		kept = std::current_exception();
		victim_ready(argv);
		victim_hold(argv);
		CHECK_STR(e.what(), "held");
	}
	{
		std::lock_guard<std::mutex> lock(mutex);
		finished = true;
	}
	done.notify_all();
	for (auto &t : threads)
		t.join();
	CHECK_EQ(destroyed.load(), 3);
	try {
		std::rethrow_exception(kept);
	} catch (const std::runtime_error &e) {
		CHECK_STR(e.what(), "held");
	}
	for (auto &entry : table)
		CHECK_EQ(entry.second.size(), 10);
	return victim_ok();
}
