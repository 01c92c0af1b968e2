"""The nightly job: new logs in, a better model live, and a record of why."""
