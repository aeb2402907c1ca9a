// What the kafkajs programs share: a client of the broker at argv[2], and checks that end the program when they fail.
const { Kafka, logLevel } = require('kafkajs')

const deadline = setTimeout(() => fail('not in time'), 90000)

function fail(what) {
  console.error(`FAILED: ${what}`)
  process.exit(1)
}

function expect(holds, what) {
  if (!holds) fail(what)
  console.log(`ok: ${what}`)
}

async function until(holds, what) {
  while (!holds()) await new Promise(resolve => setImmediate(resolve))
  console.log(`ok: ${what}`)
}

// True if the promise is rejected with an error of that type.
async function isRefused(promise, type) {
  return promise.then(() => false, error => [error, error.cause, ...(error.errors || [])].some(e => e && e.type === type))
}

// What a new consumer, with these settings, reads from the beginning of a topic until it has that many messages.
async function read(topic, count, settings = {}) {
  const messages = []
  const consumer = kafka.consumer({ groupId: `reader-${topic}-${Math.random()}`, maxWaitTimeInMs: 200, ...settings })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({ eachMessage: async ({ message, partition }) => messages.push({ ...message, partition }) })
  while (messages.length < count) await new Promise(resolve => setImmediate(resolve))
  await consumer.disconnect()
  return messages
}

function run(main) {
  main().then(() => {
    clearTimeout(deadline)
    console.log('all passed')
  }, error => fail(error.stack))
}

const kafka = new Kafka({
  brokers: [process.argv[2]], clientId: 'kafkajs', logLevel: logLevel.NOTHING, retry: { retries: 3 }
})

module.exports = { kafka, expect, until, isRefused, read, run }
