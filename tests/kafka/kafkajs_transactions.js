// Transactions as a kafkajs program uses them: commit, abort, offsets that go with the records, fencing.
const { kafka, expect, read, run } = require('./kafkajs_checks.js')

const topic = 'transacted'
const values = messages => messages.map(message => message.value.toString())

function transactional(transactionalId) {
  return kafka.producer({ idempotent: true, maxInFlightRequests: 1, transactionalId })
}

async function commitAndAbort(producer) {
  for (const [value, isCommitted] of [['one', true], ['two', false], ['three', true]]) {
    const transaction = await producer.transaction()
    await transaction.send({ topic, messages: [{ value }] })
    await (isCommitted ? transaction.commit() : transaction.abort())
  }
  expect(values(await read(topic, 2)).join() === 'one,three', 'a reader sees what is committed')
  const all = await read(topic, 3, { readUncommitted: true })
  expect(values(all).join() === 'one,two,three', 'one that does not care sees all')
}

async function offsets(producer, admin) {
  const groupId = 'transacted-group'
  const send = async (offset, end) => {
    const transaction = await producer.transaction()
    await transaction.sendOffsets({ consumerGroupId: groupId, topics: [{ topic, partitions: [{ partition: 0, offset }] }] })
    await end(transaction)
    return (await admin.fetchOffsets({ groupId, topics: [topic] }))[0].partitions[0].offset
  }
  expect(await send('5', transaction => transaction.abort()) === '-1', 'offsets go away with an abort')
  expect(await send('6', transaction => transaction.commit()) === '6', 'and count with a commit')
}

run(async () => {
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] })
  const producer = transactional('js')
  await producer.connect()
  await commitAndAbort(producer)
  await offsets(producer, admin)
  const open = await producer.transaction()
  await open.send({ topic, messages: [{ value: 'open' }] })
  const second = transactional('js')
  await second.connect()
  const transaction = await second.transaction()
  await transaction.send({ topic, messages: [{ value: 'of the second' }] })
  await transaction.commit()
  const late = open.send({ topic, messages: [{ value: 'late' }] }).then(() => open.commit())
  const isFenced = await late.then(() => false, error => /epoch|fenced/i.test(`${error.type} ${error.message}`))
  expect(isFenced, 'the first is fenced by the second')
  await second.disconnect()
  await producer.disconnect()
  await admin.disconnect()
})
