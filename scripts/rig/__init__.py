"""What tests and benches both drive: stacks, people, processes of the service, a scripted model."""
